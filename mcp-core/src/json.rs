//! The one file that names the JSON parser: cheap slices of text and of JSON, and how they become types.

use std::{borrow::Cow, fmt, io, ops::Deref};

use bytes::Bytes;
use bytestring::ByteString;
use memchr::memchr2;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeOwned},
    ser,
};
use serde_json::value::RawValue;

/// UTF-8 text that is cheap to clone: usually a slice of the frame it arrived in.
///
/// A slice keeps its whole frame alive. Copy what outlives the request (`Text::from(text.as_str())`).
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(ByteString);

impl Text {
    /// Text that is known when the program is compiled.
    pub const fn from_static(text: &'static str) -> Self {
        Self(ByteString::from_static(text))
    }

    /// The bytes as text, or `None` if they are not UTF-8 (JRPC-028). No copy.
    pub fn from_utf8(bytes: Bytes) -> Option<Self> {
        ByteString::try_from(bytes).ok().map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared bytes behind the text.
    pub fn as_bytes(&self) -> &Bytes {
        self.0.as_bytes()
    }

    /// The part that `part` points to, sharing the memory. `part` must be a slice of this very text.
    pub(crate) fn share(&self, part: &str) -> Self {
        Self(self.0.slice_ref(part))
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(ByteString::from(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(ByteString::from(text))
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

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

    /// Decodes the value into an owned type.
    ///
    /// # Errors
    ///
    /// When the value has another shape than `T`; the error says which field and why.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, JsonError> {
        serde_json::from_str(self.as_str()).map_err(JsonError)
    }

    /// The text between the braces of an object; empty if the value is none.
    pub(crate) fn object_members(&self) -> &str {
        let inner = self.as_str().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        inner.unwrap_or_default().trim_ascii()
    }

    /// The members of an object in their order; `None` if the value is no object.
    pub fn members(&self) -> Option<Vec<(String, Self)>> {
        let Members(members) = self.parse().ok()?;
        Some(members)
    }

    /// The text of a JSON string, or `None` if the value is no string. Copies only if there are escapes.
    pub fn to_text(&self) -> Option<Text> {
        let inner = self.as_str().strip_prefix('"')?.strip_suffix('"')?;
        if inner.contains('\\') {
            return serde_json::from_str::<String>(self.as_str()).ok().map(Text::from);
        }
        Some(self.0.share(inner))
    }

    /// The shared bytes of the JSON text.
    pub fn as_bytes(&self) -> &Bytes {
        self.0.as_bytes()
    }
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

/// Members of an object, whose values stay raw.
struct Members(Vec<(String, RawJson)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: Vec<(String, RawJson)> = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

/// A value could not be read from JSON or written to it.
pub struct JsonError(serde_json::Error);

impl JsonError {
    /// The reason without the position in the text, which means nothing to the one who sent it.
    pub fn reason(&self) -> String {
        let text = self.0.to_string();
        match text.rfind(" at line ") {
            Some(end) => text[..end].to_owned(),
            None => text,
        }
    }
}

impl fmt::Debug for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason())
    }
}

impl std::error::Error for JsonError {}

/// Takes so many bytes, and fails for more.
struct Bounded {
    out: Vec<u8>,
    max: usize,
    is_full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.out.len() + bytes.len() > self.max {
            self.is_full = true;
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Appends `value` as JSON to `out`. It must be of a type that writes one line: of strings, numbers, [`Value`]s and
/// [`RawJson`]; what a program hands over goes through [`RawJson::from_value`].
///
/// # Errors
///
/// As [`RawJson::from_value`]; `out` may then hold a part of it.
///
/// [`Value`]: serde_json::Value
pub(crate) fn write<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), JsonError> {
    serde_json::to_writer(out, value).map_err(JsonError)
}

/// Appends `text` as a JSON string to `out`.
pub(crate) fn write_str(out: &mut Vec<u8>, text: &str) {
    // Writing a string into memory has no way to fail.
    let _ = serde_json::to_writer(out, text);
}

/// The elements of a JSON array, each a slice of it; `None` if the bytes are no array.
pub(crate) fn elements(array: &Bytes) -> Option<Vec<Bytes>> {
    let elements: Vec<&RawValue> = serde_json::from_slice(array).ok()?;
    Some(elements.into_iter().map(|element| array.slice_ref(element.get().as_bytes())).collect())
}

/// For fields where `null` differs from absence: `#[serde(default, deserialize_with = "json::present")]` on an
/// `Option` gives `Some` for whatever is there.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The text of a JSON string literal, quotes included; borrowed if it has no escapes.
pub(crate) fn unescape(literal: &str) -> Cow<'_, str> {
    let inner = literal.strip_prefix('"').and_then(|s| s.strip_suffix('"')).unwrap_or(literal);
    if inner.contains('\\') {
        serde_json::from_str::<String>(literal).map_or(Cow::Borrowed(inner), Cow::Owned)
    } else {
        Cow::Borrowed(inner)
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
    fn members_stay_raw() {
        let raw = RawJson::scanned(Text::from("{\"b\": 1e400,\"a\":{\"x\\n\":[]}}"));
        assert_eq!(raw.object_members(), "\"b\": 1e400,\"a\":{\"x\\n\":[]}");
        let members = raw.members().unwrap();
        let members: Vec<_> = members.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(members, [("b", "1e400"), ("a", "{\"x\\n\":[]}")]);
        assert!(RawJson::scanned(Text::from("[]")).members().is_none());
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
