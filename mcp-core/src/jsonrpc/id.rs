//! Request ids: a string or an integer, returned digit for digit.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    decimal::Decimal,
    json::{RawJson, Text, write_str},
};

/// The id of a JSON-RPC request: a string, or an integer, as the peer wrote it. Integers are compared by value, and come
/// back as they are spelt.
///
/// An id is chosen by the peer and says nothing about who sent it: never use it as a key across peers.
#[derive(Debug, Clone)]
pub enum RequestId {
    /// An integer in its usual spelling.
    Number(i64),
    /// An integer that has more than 64 bits, or is spelt otherwise: `1.0`, `1e2` and `-0` are integers too (JSON Schema
    /// draft-07, validation, section 6.1.1). Made by [`RequestId::from_json`] only.
    Digits(Digits),
    /// A string of at most [`RequestId::MAX_LEN`] bytes.
    String(Text),
}

/// An integer as it was spelt.
#[derive(Debug, Clone)]
pub struct Digits(Box<Spelt>);

#[derive(Debug, Clone)]
struct Spelt {
    sent: Text,
    value: Integer,
}

#[derive(Debug, Clone)]
enum Integer {
    Small(i64),
    /// What all spellings of one beyond 64 bits have in common. Not its digits: `1e1000` has a thousand, and many such
    /// ids would take far more room than the frames that they came in.
    Large(Box<str>),
}

/// What two ids that are one have in common.
#[derive(PartialEq, Eq, Hash)]
enum Value<'a> {
    Small(i64),
    Large(&'a str),
    String(&'a str),
}

impl RequestId {
    /// The longest id that is accepted, in bytes: of the text of a string, or of a number as it is spelt and as its digits
    /// are written out.
    pub const MAX_LEN: usize = 1024;

    /// Reads an id from JSON; `None` for everything that is not one, and for what is longer than an id may be.
    pub fn from_json(raw: &RawJson) -> Option<Self> {
        Self::spelt(raw.as_str(), || raw.to_text())
    }

    /// As [`from_json`](Self::from_json), of a value that need not be kept: `text` is what it says if it is a string.
    pub(super) fn spelt(json: &str, text: impl FnOnce() -> Option<Text>) -> Option<Self> {
        if json.starts_with('"') {
            return text().filter(|text| text.len() <= Self::MAX_LEN).map(Self::String);
        }
        match json.parse() {
            Ok(number) if number != 0 || json == "0" => Some(Self::Number(number)),
            _ => Self::unusual(json),
        }
    }

    /// An integer that is spelt like none, or has more than 64 bits.
    #[cold]
    fn unusual(number: &str) -> Option<Self> {
        let spelt = Some(number).filter(|number| number.len() <= Self::MAX_LEN).and_then(Decimal::parse)?;
        if !spelt.is_integer() || spelt.magnitude() > Self::MAX_LEN as i64 {
            return None;
        }
        // The longest of 64 bits has 19 digits.
        let small = spelt.to_integer(19).and_then(|integer| integer.parse().ok());
        let value = small.map_or_else(|| Integer::Large(spelt.canonical().into()), Integer::Small);
        Some(Self::Digits(Digits(Box::new(Spelt { sent: Text::from(number), value }))))
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Number(number) => Value::Small(*number),
            Self::Digits(Digits(spelt)) => match &spelt.value {
                Integer::Small(number) => Value::Small(*number),
                Integer::Large(digits) => Value::Large(digits),
            },
            Self::String(text) => Value::String(text),
        }
    }

    /// The number that the id spells, if it is a text that spells one in the usual way: some peers make a text of the
    /// number that they were asked under.
    pub fn number_in_text(&self) -> Option<Self> {
        let Self::String(text) = self else { return None };
        let number: i64 = text.parse().ok()?;
        (number.to_string() == text.as_str()).then_some(Self::Number(number))
    }

    /// Whether a peer that wrote this id means the request `ours`: it is the same, or the same as a text.
    pub fn stands_for(&self, ours: &Self) -> bool {
        self == ours || self.number_in_text().is_some_and(|number| number == *ours)
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
            Self::Digits(Digits(spelt)) => out.extend_from_slice(spelt.sent.as_bytes()),
            Self::String(text) => write_str(out, text),
        }
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl Eq for RequestId {}

impl Hash for RequestId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value().hash(state);
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Digits(Digits(spelt)) => spelt.sent.fmt(f),
            Self::String(text) => text.fmt(f),
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
    use std::collections::HashSet;

    use super::*;

    fn read(json: &str) -> Option<RequestId> {
        RequestId::from_json(&RawJson::scanned(Text::from(json)))
    }

    /// However many a peer sends, they take no more room than what it sent.
    #[test]
    fn an_id_keeps_no_more_than_its_spelling_says() {
        for sent in ["1e1023", "-7E+1000", "18446744073709551616", "12345678901234567890.5e1"] {
            let Some(RequestId::Digits(Digits(spelt))) = read(sent) else { panic!("{sent}") };
            let Integer::Large(value) = spelt.value else { panic!("{sent}") };
            assert!(value.len() <= sent.len() + "-0.e1024".len(), "{sent} keeps {value}");
        }
    }

    #[test]
    fn integers_come_back_as_they_are_spelt_and_are_one_by_their_value() {
        let long = "9".repeat(RequestId::MAX_LEN);
        for (sent, value) in [
            ("1.0", "1"),
            ("-0", "0"),
            ("-0.0e5", "0"),
            ("1e2", "100"),
            ("1E+2", "100"),
            ("1.5e1", "15"),
            ("-20e-1", "-2"),
            ("9007199254740993.0", "9007199254740993"),
            ("18446744073709551616", "18446744073709551616"),
            ("-9223372036854775809", "-9223372036854775809"),
            ("9223372036854775808.00", "9223372036854775808"),
            ("1e19", "10000000000000000000"),
            ("0e999999999999999999999", "0"),
            ("-9223372036854775808.0", "-9223372036854775808"),
            ("-92233720368547758080e-1", "-9223372036854775808"),
            ("100e1000", "1e1002"),
            ("1e1023", &format!("1{}", "0".repeat(1023))),
            (long.as_str(), long.as_str()),
        ] {
            let (id, plain) = (read(sent).unwrap(), read(value).unwrap());
            assert_eq!((id.to_json().as_str(), id.to_string().as_str()), (sent, sent));
            assert_eq!(id, plain);
            assert!(HashSet::from([plain]).contains(&id), "{sent}");
            assert_eq!(serde_json::from_str::<RequestId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
            assert_ne!(Some(id), read(&format!("\"{sent}\"")));
        }
        assert_ne!(read("1e2"), read("1e3"));
        let too_long = ["9".repeat(RequestId::MAX_LEN + 1), format!("1.{}", "0".repeat(RequestId::MAX_LEN))];
        for sent in ["1e1024", "1e999999999999999999999", "1.5", "1e-1", "9223372036854775808.5", "-", "1x"] {
            assert_eq!(read(sent), None, "{sent}");
        }
        assert_eq!(too_long.map(|sent| read(&sent)), [None, None]);
    }
}
