//! Request ids: a string or an integer, returned digit for digit.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::json::{RawJson, Text, write_str};

/// The id of a JSON-RPC request: a string, or an integer, as the peer wrote it.
///
/// An id is chosen by the peer and says nothing about who sent it: never use it as a key across peers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RequestId {
    /// An integer. `1.0` on the wire is the integer 1, and `-0` is 0.
    Number(i64),
    /// An integer beyond 64 bits, digit for digit: rounded, it would be another id than was sent. Made by
    /// [`RequestId::from_json`] only.
    Digits(Digits),
    /// A string of at most [`RequestId::MAX_LEN`] bytes.
    String(Text),
}

/// The digits of an integer beyond 64 bits, perhaps behind a minus.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Digits(Text);

impl RequestId {
    /// The longest id that is accepted, in bytes: of the text of a string, or of the digits of a number.
    pub const MAX_LEN: usize = 1024;

    /// Reads an id from JSON; `None` for everything that is not one, and for what is longer than an id may be.
    pub fn from_json(raw: &RawJson) -> Option<Self> {
        if let Some(text) = raw.to_text() {
            return (text.len() <= Self::MAX_LEN).then_some(Self::String(text));
        }
        match raw.as_str().parse() {
            Ok(number) => Some(Self::Number(number)),
            Err(_) => Self::unusual(raw.as_str()),
        }
    }

    /// An integer that is spelt like none, or has more than 64 bits.
    #[cold]
    fn unusual(number: &str) -> Option<Self> {
        let integer = match number.split_once('.') {
            Some((integer, fraction)) if fraction.bytes().all(|digit| digit == b'0') => integer,
            Some(_) => return None,
            None => number,
        };
        if let Ok(number) = integer.parse() {
            return Some(Self::Number(number));
        }
        // The value is JSON: digits without leading zeros.
        let digits = integer.strip_prefix('-').unwrap_or(integer);
        let is_integer = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        (is_integer && integer.len() <= Self::MAX_LEN).then(|| Self::Digits(Digits(Text::from(integer))))
    }

    /// The same id, which holds nothing of the frame that it came in: for what outlives the request.
    #[must_use]
    pub fn into_kept(self) -> Self {
        match self {
            Self::String(text) => Self::String(Text::from(text.as_str())),
            other => other,
        }
    }

    /// The id as a JSON value.
    fn to_json(&self) -> RawJson {
        let mut out = Vec::new();
        self.write(&mut out);
        Text::from_utf8(out.into()).map_or(RawJson::NULL, RawJson::scanned)
    }

    /// Appends the id as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(number) => {
                // Writing an integer into memory has no way to fail.
                let _ = crate::json::write(out, number);
            }
            Self::Digits(Digits(digits)) => out.extend_from_slice(digits.as_bytes()),
            Self::String(text) => write_str(out, text),
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Digits(Digits(text)) | Self::String(text) => text.fmt(f),
        }
    }
}

impl From<i64> for RequestId {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for RequestId {
    fn from(text: &str) -> Self {
        Self::String(Text::from(text))
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        Self::from_json(&raw).ok_or_else(|| de::Error::custom("expected a string or an integer"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<RequestId> {
        RequestId::from_json(&RawJson::scanned(Text::from(json)))
    }

    #[test]
    fn integers_keep_their_digits_whatever_their_number() {
        let long = "9".repeat(RequestId::MAX_LEN);
        for (sent, echoed) in [
            ("18446744073709551616", "18446744073709551616"),
            ("-9223372036854775809", "-9223372036854775809"),
            ("9223372036854775808.00", "9223372036854775808"),
            (long.as_str(), long.as_str()),
        ] {
            let id = read(sent).unwrap();
            assert_eq!((id.to_json().as_str(), id.to_string().as_str()), (echoed, echoed));
            assert_eq!(serde_json::from_str::<RequestId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
            assert_ne!(Some(id), read(&format!("\"{echoed}\"")));
        }
        for sent in ["9".repeat(RequestId::MAX_LEN + 1).as_str(), "1e400", "-", "9223372036854775808.5", "1x"] {
            assert_eq!(read(sent), None, "{sent}");
        }
    }
}
