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
