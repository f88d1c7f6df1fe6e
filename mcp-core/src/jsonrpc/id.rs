//! Request ids: a string or an integer, returned digit for digit.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::json::{RawJson, Text, write_str};

/// The id of a JSON-RPC request (JRPC-002): a string, or an integer of 64 bits.
///
/// An id is chosen by the peer and says nothing about who sent it: never use it as a key across peers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RequestId {
    /// An integer. `1.0` on the wire is the integer 1, and `-0` is 0.
    Number(i64),
    /// A string of at most [`RequestId::MAX_LEN`] bytes.
    String(Text),
}

impl RequestId {
    /// The longest string id that is accepted, in bytes.
    pub const MAX_LEN: usize = 256;

    /// Reads an id from JSON; `None` for everything that is not one, integers beyond 64 bits included:
    /// rounding them would return another id than was sent.
    pub fn from_json(raw: &RawJson) -> Option<Self> {
        if let Some(text) = raw.to_text() {
            return (text.len() <= Self::MAX_LEN).then_some(Self::String(text));
        }
        let number = raw.as_str();
        let integer = match number.split_once('.') {
            Some((integer, fraction)) if fraction.bytes().all(|digit| digit == b'0') => integer,
            Some(_) => return None,
            None => number,
        };
        integer.parse().ok().map(Self::Number)
    }

    /// Appends the id as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(number) => {
                // Writing an integer into memory has no way to fail.
                let _ = crate::json::write(out, number);
            }
            Self::String(text) => write_str(out, text),
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
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
        match self {
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::String(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = RequestId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an integer")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<RequestId, E> {
                Ok(RequestId::Number(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<RequestId, E> {
                i64::try_from(number).map(RequestId::Number).map_err(|_| E::custom("an id beyond 64 bits"))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<RequestId, E> {
                Ok(RequestId::from(text))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
