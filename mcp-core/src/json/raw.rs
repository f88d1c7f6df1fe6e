//! One JSON value that stays text.

use std::fmt;

use bytes::Bytes;
use memchr::{memchr, memchr2};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, ser};
use serde_json::value::RawValue;

use super::{JsonError, Text, strict::Strict, write::Bounded};

/// One JSON value that has been scanned, not built: valid JSON text on one line, without outer white space.
///
/// Arguments travel as this from the envelope to the type that the handler names, so that they are parsed once.
/// However it was made, the text holds no line break: those between the tokens became spaces, and valid JSON has none
/// inside its strings. So it can be written into any frame of a protocol whose messages end with the line.
#[derive(Clone, PartialEq, Eq)]
pub struct RawJson(Text);

impl RawJson {
    /// The value `{}`.
    pub const EMPTY_OBJECT: Self = Self(Text::from_static("{}"));
    /// The value `null`.
    pub const NULL: Self = Self(Text::from_static("null"));

    /// Wraps text that a parser has accepted as one JSON value. Copies it only if line breaks must be taken out.
    pub(crate) fn scanned(text: Text) -> Self {
        match memchr2(b'\n', b'\r', text.as_bytes()) {
            None => Self(text),
            // Outside of strings, where alone they can stand, a space means the same.
            Some(_) => Self(Text::from(text.replace(['\n', '\r'], " "))),
        }
    }

    /// Wraps text that a parser has accepted as one JSON value, and in which it has seen no line break.
    pub(crate) fn on_one_line(text: Text) -> Self {
        debug_assert!(!text.contains(['\n', '\r']), "a value is on one line");
        Self(text)
    }

    /// A copy that shares no memory with anything.
    pub(crate) fn copied(&self) -> Self {
        Self(Text::from(self.as_str()))
    }

    /// Renders a value as JSON.
    ///
    /// # Errors
    ///
    /// When the value cannot be written as JSON: a map whose keys are no strings, or a failing `Serialize`.
    pub fn from_value<T: Serialize + ?Sized>(value: &T) -> Result<Self, JsonError> {
        serde_json::to_string(value).map(|text| Self::scanned(Text::from(text))).map_err(JsonError)
    }

    /// Renders a value as JSON of at most `max` bytes; `None` if it is larger. Writing stops there.
    ///
    /// # Errors
    ///
    /// As [`RawJson::from_value`].
    pub fn from_value_within<T: Serialize + ?Sized>(value: &T, max: usize) -> Result<Option<Self>, JsonError> {
        let mut bounded = Bounded { out: Vec::new(), max, is_full: false };
        match serde_json::to_writer(&mut bounded, value) {
            Err(_) if bounded.is_full => return Ok(None),
            written => written.map_err(JsonError)?,
        }
        Ok(Text::from_utf8(bounded.out.into()).map(Self::scanned))
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the value is an object. Reads one byte.
    pub fn is_object(&self) -> bool {
        self.as_str().starts_with('{')
    }

    /// Whether the value is an array. Reads one byte.
    pub fn is_array(&self) -> bool {
        self.as_str().starts_with('[')
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.as_str() == "null"
    }

    /// Decodes the value into an owned type. A type with named fields is read from an object only, and not from a list
    /// of their values, which serde takes as well.
    ///
    /// # Errors
    ///
    /// When the value has another shape than `T`; the error says why.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        read_valid(self.as_str()).map_err(JsonError)
    }

    /// The text between the braces of an object; empty if the value is none.
    pub(crate) fn object_members(&self) -> &str {
        let inner = self.as_str().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        inner.unwrap_or_default().trim_ascii()
    }

    /// The part of the value that `part` points to. `part` must be a value inside this very text.
    pub(super) fn part(&self, part: &str) -> Self {
        Self(self.0.share(part))
    }

    /// The text of a JSON string, or `None` if the value is no string. Copies only if there are escapes.
    pub fn to_text(&self) -> Option<Text> {
        let inner = self.as_str().strip_prefix('"')?.strip_suffix('"')?;
        if memchr(b'\\', inner.as_bytes()).is_some() { self.unescaped() } else { Some(self.0.share(inner)) }
    }

    #[cold]
    fn unescaped(&self) -> Option<Text> {
        serde_json::from_str::<String>(self.as_str()).ok().map(Text::from)
    }

    /// The shared bytes of the JSON text.
    pub fn as_bytes(&self) -> &Bytes {
        self.0.as_bytes()
    }
}

/// As [`RawJson::parse`], of a text that a parser has accepted as one JSON value, for those who want the parser's own error
/// and where in the text it was met.
///
/// # Errors
///
/// As [`RawJson::parse`].
pub fn read_valid<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
    // The text is one value and nothing else: there is no end to look for.
    T::deserialize(Strict(&mut serde_json::Deserializer::from_str(json)))
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Renders the value again through the parser's own raw type, which checks it once more; the writers of the
/// protocol copy the bytes instead.
impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(self.as_str()).map_err(ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self::scanned(Text::from(String::from(Box::<str>::from(raw)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_escapes_is_shared_and_with_escapes_is_decoded() {
        let raw = RawJson::scanned(Text::from("\"plain\""));
        let text = raw.to_text().unwrap();
        assert_eq!(text, "plain");
        assert_eq!(text.as_str().as_ptr(), raw.as_str()[1..].as_ptr());
        assert_eq!(RawJson::scanned(Text::from(r#""tools\/call""#)).to_text().unwrap(), "tools/call");
        assert_eq!(RawJson::scanned(Text::from("1")).to_text(), None);
    }

    #[test]
    fn a_value_is_one_line_however_it_was_made() {
        let text = "{\r\n\"a\":\r[1,\n2], \"b\\n\": \"\\r\"\n}";
        let line = "{  \"a\": [1, 2], \"b\\n\": \"\\r\" }";
        let raw = RawValue::from_string(text.to_owned()).unwrap();
        let made = [
            RawJson::scanned(Text::from(text)),
            RawJson::from_value(&raw).unwrap(),
            RawJson::from_value_within(&raw, 99).unwrap().unwrap(),
            serde_json::from_str(text).unwrap(),
            serde_json::from_str::<Vec<RawJson>>(&format!("[\n{text}\n]")).unwrap().remove(0),
        ];
        for made in made {
            assert_eq!(made.as_str(), line);
            assert_eq!(serde_json::to_string(&made).unwrap(), line);
        }
    }

    #[test]
    fn a_rendering_is_bounded() {
        let within = |value: &str, max| RawJson::from_value_within(value, max).unwrap();
        assert_eq!(within("ab", 4).unwrap().as_str(), "\"ab\"");
        assert_eq!(within("abc", 4), None);
        assert_eq!(within("a\nb", 6).unwrap().as_str(), r#""a\nb""#);
        assert!(RawJson::from_value_within(&std::collections::BTreeMap::from([((), ())]), 99).is_err());
    }

    #[test]
    fn an_error_gives_its_reason_without_a_position() {
        let error = RawJson::scanned(Text::from("{\"a\":\"x\"}")).parse::<std::collections::HashMap<String, i64>>();
        assert_eq!(error.unwrap_err().to_string(), "invalid type: string \"x\", expected i64");
    }
}
