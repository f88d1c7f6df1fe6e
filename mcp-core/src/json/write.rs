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
    if !is_plain(text.as_bytes()) {
        return write_escaped(out, text);
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Whether all bytes stand for themselves in a JSON string: most texts have nothing to escape, and are copied whole.
fn is_plain(text: &[u8]) -> bool {
    if text.len() >= LONG {
        return is_plain_long(text);
    }
    let (words, rest) = text.as_chunks();
    words.iter().all(|word| special(u64::from_le_bytes(*word)) == 0) && !rest.iter().any(|byte| is_escaped(*byte))
}

/// From this length on, in bytes, a text is worth the constants that vectors are compared with.
const LONG: usize = 64;

/// Looks in pieces without a branch for each byte, which the compiler makes vectors of. Out of line: names and most texts
/// are short.
#[inline(never)]
fn is_plain_long(text: &[u8]) -> bool {
    text.chunks(64).all(|piece| !piece.iter().fold(false, |found, byte| found | is_escaped(*byte)))
}

/// Marks the bytes of a word that end a plain run. The lowest mark is exact; those above it may be false,
/// because a subtraction borrows upwards.
pub(crate) fn special(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let quote = word ^ (ONES * 0x22);
    let backslash = word ^ (ONES * 0x5c);
    let zero = |x: u64| x.wrapping_sub(ONES) & !x;
    (zero(quote) | zero(backslash) | (word.wrapping_sub(ONES * 0x20) & !word)) & HIGH
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
