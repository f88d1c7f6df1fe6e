//! One JSON object that stays text.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, MapAccess},
};
use serde_json::value::RawValue;

use super::{JsonError, RawJson, Text, write_str};

/// A JSON object that has been scanned, not built: what few readers want, and peers may make as large as they like.
///
/// It costs its own length in memory whatever stands in it; a tree of values costs many times that. A look-up walks
/// the text.
///
/// ```
/// use mcp_core::json::{RawJson, RawObject};
///
/// let object: RawObject = serde_json::from_str(r#"{"a": {"b": [1, 2]}, "c": null}"#)?;
/// assert_eq!(object.get("a").unwrap().as_str(), r#"{"b": [1, 2]}"#);
/// assert_eq!(object.get("c"), Some(RawJson::NULL));
/// assert_eq!(object.get("b"), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawObject(RawJson);

impl RawObject {
    /// The object `{}`.
    pub const EMPTY: Self = Self(RawJson::EMPTY_OBJECT);

    /// The value as an object; `None` if it is none. No copy.
    pub fn from_raw(raw: RawJson) -> Option<Self> {
        raw.is_object().then_some(Self(raw))
    }

    /// Renders a value; `None` if it becomes something else than an object.
    ///
    /// # Errors
    ///
    /// As [`RawJson::from_value`].
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Result<Option<Self>, JsonError> {
        RawJson::from_value(value).map(Self::from_raw)
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.0.object_members().is_empty()
    }

    /// The value of a member, without a copy. Of a key that stands twice the last counts.
    pub fn get(&self, key: &str) -> Option<RawJson> {
        let mut found = None;
        self.each(|name, value| {
            if name == key {
                found = Some(value);
            }
        });
        found.map(|value| self.0.part(value))
    }

    /// Whether there is a member of that name.
    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The members in their order; their values are not copied.
    pub fn members(&self) -> Vec<(String, RawJson)> {
        let mut members = Vec::new();
        self.each(|name, value| members.push((name.into_owned(), self.0.part(value))));
        members
    }

    /// Adds a member, or replaces those of its name. Writes the whole object anew.
    pub fn insert(&mut self, key: &str, value: RawJson) {
        let mut members = self.members();
        members.retain(|(name, _)| name != key);
        members.push((key.to_owned(), value));
        *self = Self::written(&members);
    }

    /// The object as a value.
    pub fn as_raw(&self) -> &RawJson {
        &self.0
    }

    fn written(members: &[(String, RawJson)]) -> Self {
        let mut out = vec![b'{'];
        for (index, (key, value)) in members.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_str(&mut out, key);
            out.push(b':');
            out.extend_from_slice(value.as_bytes());
        }
        out.push(b'}');
        Text::from_utf8(out.into()).map_or(Self::EMPTY, |text| Self(RawJson::scanned(text)))
    }

    fn each<'a>(&'a self, then: impl FnMut(Cow<'a, str>, &'a str)) {
        let mut parser = serde_json::Deserializer::from_str(self.0.as_str());
        // The text was accepted when the value was made.
        let _ = EachMember(then).deserialize(&mut parser);
    }
}

impl Default for RawObject {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl fmt::Debug for RawObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<K: AsRef<str>> FromIterator<(K, RawJson)> for RawObject {
    fn from_iter<I: IntoIterator<Item = (K, RawJson)>>(members: I) -> Self {
        let mut all: Vec<(String, RawJson)> = Vec::new();
        for (key, value) in members {
            let key = key.as_ref();
            all.retain(|(name, _)| name != key);
            all.push((key.to_owned(), value));
        }
        Self::written(&all)
    }
}

impl Serialize for RawObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// `null` is taken for an object without members.
impl<'de> Deserialize<'de> for RawObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        if raw.is_null() {
            return Ok(Self::EMPTY);
        }
        Self::from_raw(raw).ok_or_else(|| de::Error::custom("expected an object"))
    }
}

/// Walks the members of an object, and builds none of them.
struct EachMember<F>(F);

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, F: FnMut(Cow<'de, str>, &'de str)> DeserializeSeed<'de> for EachMember<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(Cow<'de, str>, &'de str)> de::Visitor<'de> for EachMember<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((Key(name), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            (self.0)(name, value.get());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> RawObject {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn members_are_found_by_their_name_however_it_is_spelt_and_are_not_copied() {
        let object = object("{\"b\": 1e400, \"a\\u0061\":{\"x\\n\":[]}, \"b\": 2}");
        assert_eq!(object.get("aa").unwrap().as_str(), "{\"x\\n\":[]}");
        assert_eq!(object.get("b").unwrap().as_str(), "2");
        assert_eq!((object.get("x"), object.contains("")), (None, false));
        assert!(object.as_raw().as_bytes().as_ptr_range().contains(&object.get("aa").unwrap().as_bytes().as_ptr()));
        let members: Vec<_> = object.members().iter().map(|(key, value)| format!("{key}={value:?}")).collect();
        assert_eq!(members, ["b=1e400", "aa={\"x\\n\":[]}", "b=2"]);
    }

    #[test]
    fn members_are_added_and_replaced() {
        let mut made = RawObject::default();
        assert!(made.is_empty());
        made.insert("a\"", RawJson::NULL);
        made.insert("b", RawJson::EMPTY_OBJECT);
        made.insert("a\"", object("{\"x\":1}").as_raw().clone());
        assert_eq!(made.as_raw().as_str(), r#"{"b":{},"a\"":{"x":1}}"#);
        assert_eq!(RawObject::from_iter(made.members()), made);
        assert_eq!(object(&serde_json::to_string(&made).unwrap()), made);
    }

    #[test]
    fn only_objects_are_objects() {
        assert_eq!(object(" null "), RawObject::EMPTY);
        assert!(object("{ }").is_empty());
        for text in ["[]", "1", "\"{}\"", "true"] {
            assert!(serde_json::from_str::<RawObject>(text).is_err(), "{text}");
        }
        assert_eq!(RawObject::from_value(&[1]).unwrap(), None);
        assert!(RawObject::from_value(&serde_json::json!({"a": 1})).unwrap().unwrap().contains("a"));
    }
}
