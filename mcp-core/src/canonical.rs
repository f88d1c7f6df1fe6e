//! One text for all spellings of a JSON value.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, MapAccess},
};
use serde_json::value::RawValue;

use crate::{
    decimal::Decimal,
    json::{RawJson, write_str},
};

/// Why a value has no canonical text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// A key stands twice in one object, and readers differ in which value they take.
    #[error("`{0}` stands twice in an object")]
    Repeated(String),
    /// It is deeper than any message may be.
    #[error("it is too deep")]
    Deep,
    /// It is no JSON, or a string in it is no text.
    #[error("it cannot be read")]
    Unreadable,
}

/// As deep as the deepest message that a server can be told to take.
const DEEPEST: usize = 1024;

/// The one text of a value, however it is spelt: without spaces, with the members of objects in the order of their keys and
/// strings with as few escapes as there can be (as RFC 8785). Unlike there, numbers keep their exact value: two that only a
/// float confuses stay two.
///
/// ```
/// use mcp_core::{canonical, json::RawJson};
///
/// let of = |text: &str| canonical::of(&serde_json::from_str::<RawJson>(text).unwrap()).unwrap();
/// assert_eq!(of(r#"{"b": 1.0, "a": "\u0041"}"#), of(r#"{"a":"A","b":1}"#));
/// assert_ne!(of("9007199254740993"), of("9007199254740992"));
/// ```
///
/// # Errors
///
/// If a key stands in an object twice, if it is too deep, or if a string in it is no text.
pub fn of(value: &RawJson) -> Result<Vec<u8>, NotCanonical> {
    let mut out = Vec::with_capacity(value.as_str().len());
    write(value.as_str().trim(), 0, &mut out)?;
    Ok(out)
}

fn write(json: &str, depth: usize, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    if depth > DEEPEST {
        return Err(NotCanonical::Deep);
    }
    match json.as_bytes().first() {
        Some(b'{') => {
            let mut members = members(json)?;
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            if let Some([(key, _), _]) = members.windows(2).find(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
                return Err(NotCanonical::Repeated(key.clone().into_owned()));
            }
            out.push(b'{');
            for (index, (key, value)) in members.iter().enumerate() {
                out.extend((index > 0).then_some(b','));
                write_str(out, key);
                out.push(b':');
                write(value, depth + 1, out)?;
            }
            out.push(b'}');
        }
        Some(b'[') => {
            out.push(b'[');
            for (index, item) in items(json)?.iter().enumerate() {
                out.extend((index > 0).then_some(b','));
                write(item, depth + 1, out)?;
            }
            out.push(b']');
        }
        // A string that is no text would share one with others.
        Some(b'"') => match serde_json::from_str::<Key<'_>>(json) {
            Ok(Key(text)) => write_str(out, &text),
            Err(_) => return Err(NotCanonical::Unreadable),
        },
        Some(b't' | b'f' | b'n') | None => out.extend_from_slice(json.as_bytes()),
        Some(_) => match Decimal::parse(json) {
            Some(number) => out.extend_from_slice(number.canonical().as_bytes()),
            None => out.extend_from_slice(json.as_bytes()),
        },
    }
    Ok(())
}

/// The members of an object, as they stand in the text.
fn members(object: &str) -> Result<Vec<(Cow<'_, str>, &str)>, NotCanonical> {
    Members.deserialize(&mut serde_json::Deserializer::from_str(object)).map_err(|_| NotCanonical::Unreadable)
}

fn items(array: &str) -> Result<Vec<&str>, NotCanonical> {
    let items = serde_json::from_str::<Vec<&RawValue>>(array).map_err(|_| NotCanonical::Unreadable)?;
    Ok(items.into_iter().map(RawValue::get).collect())
}

struct Members;

impl<'de> DeserializeSeed<'de> for Members {
    type Value = Vec<(Cow<'de, str>, &'de str)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> de::Visitor<'de> for Members {
    type Value = Vec<(Cow<'de, str>, &'de str)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            members.push((key, map.next_value::<&'de RawValue>()?.get()));
        }
        Ok(members)
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn of(text: &str) -> Result<String, NotCanonical> {
        super::of(&serde_json::from_str::<RawJson>(text).unwrap()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn spellings_of_one_value_have_one_text() {
        for (one, other) in [
            (r#"{"a":1,"b":[true,null]}"#, "{ \"b\" : [ true , null ] ,\n\"\\u0061\" : 1e0 }"),
            (r#""a/b""#, r#""a\/\u0062""#),
            ("-0", "0.0"),
            ("100", "1E2"),
            (r#"{"":{"😀":1}}"#, r#"{"":{"\ud83d\ude00":1.000}}"#),
        ] {
            assert_eq!(of(one), of(other));
        }
    }

    #[test]
    fn other_values_have_other_texts() {
        let values = [
            "1",
            "\"1\"",
            "[1]",
            "{}",
            "[]",
            "null",
            "\"null\"",
            "9007199254740993",
            "9007199254740992.0",
            "[1,1]",
            "[[1],1]",
        ];
        for (place, one) in values.iter().enumerate() {
            for other in &values[..place] {
                assert_ne!(of(one), of(other));
            }
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_however_it_is_spelt_and_wherever_it_stands() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"c":2,"\u0061":3}}]"#] {
            assert_eq!(of(text), Err(NotCanonical::Repeated("a".into())), "{text}");
        }
    }

    /// Half a surrogate pair is no text: what stood in its place could be anything.
    #[test]
    fn what_cannot_be_read_shares_its_text_with_nothing() {
        for text in [r#"{"\ud800":1}"#, r#"["\ud800"]"#, r#""\udfff""#, r#"{"a":{"\udc00":1}}"#] {
            assert_eq!(of(text), Err(NotCanonical::Unreadable), "{text}");
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(|n| json!(n)),
            ".{0,6}".prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                proptest::collection::btree_map(".{0,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn two_values_share_a_text_only_if_they_are_equal(one in any_value(), other in any_value()) {
            let (compact, pretty) = (one.to_string(), serde_json::to_string_pretty(&one).unwrap());
            prop_assert_eq!(of(&compact), of(&pretty));
            prop_assert_eq!(of(&compact) == of(&other.to_string()), one == other);
        }
    }
}
