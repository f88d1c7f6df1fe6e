//! One member of an object, without reading the others.

use std::fmt;

use serde::{Deserializer, de};
use serde_json::value::RawValue;

/// The text of the member `key` of an object; `None` if there is none, or no object.
///
/// # Errors
///
/// If the key stands in the object more than once: readers differ in which value they take.
pub(crate) fn member<'a>(object: &'a str, key: &str) -> Result<Option<&'a str>, Repeated> {
    if !object.starts_with('{') {
        return Ok(None);
    }
    let mut found = Ok(None);
    let mut reader = serde_json::Deserializer::from_str(object);
    match reader.deserialize_map(Wanted { key, found: &mut found }) {
        Ok(()) => found,
        // The text of this program is JSON; what is not has no members.
        Err(_) => Ok(None),
    }
}

/// A key stands in an object more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeated;

/// Looks for one member of an object, and skips the others.
struct Wanted<'a, 'w> {
    key: &'w str,
    found: &'w mut Result<Option<&'a str>, Repeated>,
}

impl<'de> de::Visitor<'de> for Wanted<'de, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(is_wanted) = map.next_key_seed(KeyIs(self.key))? {
            if is_wanted {
                let value: &'de RawValue = map.next_value()?;
                *self.found = match self.found {
                    Ok(None) => Ok(Some(value.get())),
                    _ => Err(Repeated),
                };
            } else {
                map.next_value::<de::IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Whether a key is this one.
struct KeyIs<'w>(&'w str);

impl<'de> de::DeserializeSeed<'de> for KeyIs<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl de::Visitor<'_> for KeyIs<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_however_it_is_spelt_and_only_once() {
        let object = r#"{"a": {"b": 1}, "b": 1e400, "\u0063": [2], "d": 1, "d": 2}"#;
        for (key, value) in [("a", Some("{\"b\": 1}")), ("b", Some("1e400")), ("c", Some("[2]")), ("e", None)] {
            assert_eq!(member(object, key), Ok(value), "{key}");
        }
        assert_eq!(member(object, "d"), Err(Repeated));
        assert_eq!(member("[1]", "a"), Ok(None));
    }
}
