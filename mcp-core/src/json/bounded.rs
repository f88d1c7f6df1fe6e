//! Collections from JSON of at most so many items: memory is reserved per item, however short a peer writes them.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess},
};

use super::{JsonError, RawJson};

/// A list of at most `max` items.
pub(crate) fn list_within<T: for<'de> Deserialize<'de>>(raw: &RawJson, max: usize) -> Result<Vec<T>, JsonError> {
    read(raw, ListWithin { max, item: PhantomData })
}

/// An object of at most `max` strings by name.
pub(crate) fn strings_within(raw: &RawJson, max: usize) -> Result<BTreeMap<String, String>, JsonError> {
    read(raw, StringsWithin { max })
}

fn read<'de, S: DeserializeSeed<'de>>(raw: &'de RawJson, seed: S) -> Result<S::Value, JsonError> {
    seed.deserialize(&mut serde_json::Deserializer::from_str(raw.as_str())).map_err(JsonError)
}

fn too_many<E: de::Error>(max: usize) -> E {
    E::custom(format!("at most {max} are read"))
}

struct ListWithin<T> {
    max: usize,
    item: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for ListWithin<T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for ListWithin<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == self.max {
                return Err(too_many(self.max));
            }
            list.push(item);
        }
        Ok(list)
    }
}

struct StringsWithin {
    max: usize,
}

impl<'de> DeserializeSeed<'de> for StringsWithin {
    type Value = BTreeMap<String, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> de::Visitor<'de> for StringsWithin {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut strings = BTreeMap::new();
        while let Some((key, value)) = members.next_entry()? {
            if strings.insert(key, value).is_some() {
                return Err(de::Error::custom("a member stands there more than once"));
            }
            if strings.len() > self.max {
                return Err(too_many(self.max));
            }
        }
        Ok(strings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> RawJson {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn as_many_as_there_may_be_are_read_and_one_more_is_refused() {
        assert_eq!(list_within::<String>(&raw(r#"["a","b"]"#), 2).unwrap(), ["a", "b"]);
        assert_eq!(list_within::<String>(&raw(r#"["a","b"]"#), 1).unwrap_err().to_string(), "at most 1 are read");
        assert!(list_within::<String>(&raw("[1]"), 1).is_err());
        assert!(list_within::<String>(&raw("{}"), 1).is_err());
        assert_eq!(strings_within(&raw(r#"{"a":"b"}"#), 1).unwrap()["a"], "b");
        assert_eq!(strings_within(&raw(r#"{"a":"","b":""}"#), 1).unwrap_err().to_string(), "at most 1 are read");
        assert!(strings_within(&raw(r#"{"a":1}"#), 1).is_err());
        assert!(strings_within(&raw(r#"{"a":"1","\u0061":"2"}"#), 2).is_err());
    }
}
