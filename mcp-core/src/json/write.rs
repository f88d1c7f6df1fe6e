//! Writing JSON into memory.

use std::io;

use serde::Serialize;

use super::JsonError;

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
    // Looked at in pieces without a branch for each byte: most texts have nothing to escape, and are copied whole.
    let is_plain = |piece: &[u8]| !piece.iter().fold(false, |found, byte| found | is_escaped(*byte));
    if !text.as_bytes().chunks(64).all(is_plain) {
        return write_escaped(out, text);
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Whether a byte cannot stand for itself in a JSON string (RFC 8259, section 7).
fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

#[inline(never)]
fn write_escaped(out: &mut Vec<u8>, text: &str) {
    // Writing a string into memory has no way to fail.
    let _ = serde_json::to_writer(out, text);
}

/// Takes so many bytes, and fails for more.
pub(super) struct Bounded {
    pub(super) out: Vec<u8>,
    pub(super) max: usize,
    pub(super) is_full: bool,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_string_is_written_as_the_parser_would_write_it(text in "[ -~\u{0}-\u{1f}\u{7f}é€\u{10ffff}]{0,8}[a-z]{0,99}[\"\\\\]?") {
            let mut out = b"x".to_vec();
            write_str(&mut out, &text);
            prop_assert_eq!(String::from_utf8(out).unwrap(), format!("x{}", serde_json::to_string(&text).unwrap()));
        }
    }
}
