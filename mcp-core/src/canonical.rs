//! One text for all spellings of a JSON value.

use std::{borrow::Cow, ops::Range};

use serde::Deserialize;

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
    Reader { rest: value.as_str() }.value(0, &mut out)?;
    Ok(out)
}

/// Goes over a text once, however deep it is. The text was scanned before, and is JSON.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
        if depth > DEEPEST {
            return Err(NotCanonical::Deep);
        }
        match self.next() {
            Some(b'{') => self.object(depth, out),
            Some(b'[') => self.array(depth, out),
            Some(b'"') => self.string().map(|text| write_str(out, &text)),
            Some(_) => self.scalar(out),
            None => Err(NotCanonical::Unreadable),
        }
    }

    fn object(&mut self, depth: usize, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
        out.push(b'{');
        let begin = out.len();
        let mut members: Vec<(Cow<'a, str>, Range<usize>)> = Vec::new();
        self.skip(b'{')?;
        let mut is_first = true;
        while !self.closed(b'}', &mut is_first)? {
            let key = self.string()?;
            self.skip(b':')?;
            out.extend((!members.is_empty()).then_some(b','));
            let start = out.len();
            write_str(out, &key);
            out.push(b':');
            self.value(depth + 1, out)?;
            members.push((key, start - begin..out.len() - begin));
        }
        if !members.is_sorted_by(|(one, _), (next, _)| one < next) {
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            if let Some([(key, _), _]) = members.windows(2).find(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
                return Err(NotCanonical::Repeated(key.clone().into_owned()));
            }
            let written = out.split_off(begin);
            for (index, (_, place)) in members.into_iter().enumerate() {
                out.extend((index > 0).then_some(b','));
                out.extend_from_slice(written.get(place).unwrap_or_default());
            }
        }
        out.push(b'}');
        Ok(())
    }

    fn array(&mut self, depth: usize, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
        out.push(b'[');
        let begin = out.len();
        self.skip(b'[')?;
        let mut is_first = true;
        while !self.closed(b']', &mut is_first)? {
            out.extend((out.len() > begin).then_some(b','));
            self.value(depth + 1, out)?;
        }
        out.push(b']');
        Ok(())
    }

    /// Whether what is open ends here; otherwise goes over what stands before its next part.
    fn closed(&mut self, close: u8, is_first: &mut bool) -> Result<bool, NotCanonical> {
        if self.next() == Some(close) {
            return self.skip(close).map(|()| true);
        }
        if !std::mem::take(is_first) {
            self.skip(b',')?;
        }
        Ok(false)
    }

    /// The byte that comes next, behind white space.
    fn next(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        self.rest.bytes().next()
    }

    fn skip(&mut self, byte: u8) -> Result<(), NotCanonical> {
        if self.next() != Some(byte) {
            return Err(NotCanonical::Unreadable);
        }
        self.take(1).map(drop)
    }

    fn take(&mut self, length: usize) -> Result<&'a str, NotCanonical> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(NotCanonical::Unreadable)?;
        self.rest = rest;
        Ok(taken)
    }

    /// One that is no text, such as half a surrogate pair, would share its own with others.
    fn string(&mut self) -> Result<Cow<'a, str>, NotCanonical> {
        if self.next() != Some(b'"') {
            return Err(NotCanonical::Unreadable);
        }
        let mut is_escaped = false;
        let end = self.rest.bytes().skip(1).position(|byte| {
            let is_end = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_end
        });
        let literal = self.take(end.ok_or(NotCanonical::Unreadable)? + 2)?;
        serde_json::from_str(literal).map(|Literal(text)| text).map_err(|_| NotCanonical::Unreadable)
    }

    fn scalar(&mut self, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
        let end = self.rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(self.rest.len());
        let scalar = self.take(end)?;
        match Decimal::parse(scalar) {
            Some(number) => out.extend_from_slice(number.canonical().as_bytes()),
            None if matches!(scalar, "true" | "false" | "null") => out.extend_from_slice(scalar.as_bytes()),
            None => return Err(NotCanonical::Unreadable),
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Literal<'a>(#[serde(borrow)] Cow<'a, str>);

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
    fn members_and_items_keep_apart_however_deep_they_are() {
        let (mut text, mut expected) = ("[]".to_owned(), "[]".to_owned());
        for _ in 0..60 {
            text = format!("{{ \"z\" : [ {text} , {{}} ] , \"a\" : \"\\\"]}}\" }}");
            expected = format!("{{\"a\":\"\\\"]}}\",\"z\":[{expected},{{}}]}}");
        }
        assert_eq!(of(&text).unwrap(), expected);
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
