//! The encoding of values that a header could not carry as they are.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};

const PREFIX: &str = "=?base64?";
const SUFFIX: &str = "?=";

/// Writes a value so that it survives a header: as it is if it can, else in base64 (2026-07-28,
/// basic/transports/streamable-http, "Value Encoding").
pub fn encode_value(value: &str) -> Cow<'_, str> {
    if survives(value) {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(format!("{PREFIX}{}{SUFFIX}", STANDARD.encode(value)))
    }
}

/// Whether a value survives a header as it is: then it is written so, and so it is read.
pub fn survives(value: &str) -> bool {
    let is_trimmed = !value.starts_with(' ') && !value.ends_with(' ');
    let looks_encoded = || value.starts_with(PREFIX) && value.ends_with(SUFFIX);
    is_trimmed && value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) && !looks_encoded()
}

/// A value that looks encoded and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedValue;

/// Reads a value that [`encode_value`] wrote. What only resembles the encoding is taken literally (2026-07-28,
/// basic/transports/streamable-http, "Value Encoding").
///
/// # Errors
///
/// [`MalformedValue`] if the payload is not padded base64 of UTF-8 (SEP-2243: Server Behavior).
pub fn decode_value(value: &str) -> Result<Cow<'_, str>, MalformedValue> {
    let Some(payload) = value.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)) else {
        return Ok(Cow::Borrowed(value));
    };
    let bytes = STANDARD.decode(payload).map_err(|_| MalformedValue)?;
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| MalformedValue)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Held to 2026-07-28, basic/transports/streamable-http, "Value Encoding".
    #[test]
    fn only_values_that_need_it_are_encoded() {
        assert_eq!(encode_value("get weather"), "get weather");
        assert_eq!(encode_value("ü"), "=?base64?w7w=?=");
        assert_eq!(encode_value(" x"), "=?base64?IHg=?=");
        assert_eq!(encode_value("a\tb"), "=?base64?YQli?=");
        assert_eq!(encode_value("=?base64?eA==?="), "=?base64?PT9iYXNlNjQ/ZUE9PT89?=");
        assert_eq!(decode_value("=?BASE64?eA==?=").unwrap(), "=?BASE64?eA==?=");
        assert_eq!(decode_value("=?base64?eA==").unwrap(), "=?base64?eA==");
    }

    /// Held to SEP-2243: Server Behavior.
    #[test]
    fn malformed_payloads_are_refused() {
        for value in ["=?base64?@@?=", "=?base64?eA?=", "=?base64?/w==?=", "=?base64?e A=?="] {
            assert_eq!(decode_value(value), Err(MalformedValue), "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(value in ".{0,40}") {
            let encoded = encode_value(&value);
            prop_assert!(encoded.is_ascii());
            prop_assert_eq!(decode_value(&encoded).unwrap(), value.as_str());
        }
    }
}
