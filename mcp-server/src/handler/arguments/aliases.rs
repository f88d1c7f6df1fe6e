//! Other names that arguments are taken by.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The same object with arguments under their own names. One that stands there under both stands there twice, which is
/// told as for any other.
pub(super) fn with_own_names<'a>(json: &'a str, aliases: &[(String, String)]) -> Cow<'a, str> {
    let Ok(Members(members)) = serde_json::from_str(json) else { return Cow::Borrowed(json) };
    let own = |key: &str| aliases.iter().find(|(alias, _)| alias == key).map(|(_, name)| name);
    if members.iter().all(|(key, _)| own(key).is_none()) {
        return Cow::Borrowed(json);
    }
    let mut written = String::with_capacity(json.len());
    for (key, value) in &members {
        written.push(if written.is_empty() { '{' } else { ',' });
        let name = own(key).map_or(&**key, String::as_str);
        written.push_str(&serde_json::Value::from(name).to_string());
        written.push(':');
        written.push_str(value.get());
    }
    written.push('}');
    Cow::Owned(written)
}

/// The members of an object in their order, of which some may be of one name.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_other_names_are_replaced() {
        let aliases = [("colour".to_owned(), "color".to_owned())];
        assert_eq!(
            with_own_names(r#"{"a": 1.0, "colour": {"colour":2}}"#, &aliases),
            r#"{"a":1.0,"color":{"colour":2}}"#
        );
        assert!(matches!(with_own_names(r#"{"color": 1}"#, &aliases), Cow::Borrowed(_)));
        assert_eq!(with_own_names(r#"{"color":1,"colour":2}"#, &aliases), r#"{"color":1,"color":2}"#);
    }
}
