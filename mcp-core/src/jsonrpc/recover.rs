//! Finding the id of a request that could not be read, so that its sender is not left waiting.

use super::RequestId;
use crate::json::{RawJson, Text};

/// Looks for the top-level `id` in bytes that are not a readable message, or only the beginning of one.
/// Tolerates everything; finds an id only where one plainly stands.
pub fn recover_id(bytes: &[u8]) -> Option<RequestId> {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = end_of_string(bytes, at)?;
                let is_id = depth == 1 && bytes.get(at..end) == Some(b"\"id\"");
                at = end;
                if is_id && let Some(value) = after_colon(bytes, end) {
                    return read_id(bytes, value);
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The index behind the closing quote of the string that opens at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

fn after_colon(bytes: &[u8], at: usize) -> Option<usize> {
    let colon = skip_space(bytes, at);
    (bytes.get(colon) == Some(&b':')).then(|| skip_space(bytes, colon + 1))
}

fn read_id(bytes: &[u8], start: usize) -> Option<RequestId> {
    let end = match bytes.get(start)? {
        b'"' => end_of_string(bytes, start)?,
        _ => start + bytes.get(start..)?.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.')).count(),
    };
    let token = std::str::from_utf8(bytes.get(start..end)?).ok()?;
    super::scan::scan(token, &super::Limits::default()).ok()?;
    RequestId::from_json(&RawJson::scanned(Text::from(token)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_before_and_behind_the_damage_and_never_inside_params() {
        assert_eq!(recover_id(b"{\"id\":7,\"method\":\"a\xff\"}"), Some(RequestId::Number(7)));
        assert_eq!(recover_id(b"{\"params\":{\"id\":1,},\"id\" : \"x\"}"), Some(RequestId::from("x")));
        assert_eq!(recover_id(b"{\"params\":{\"id\":1"), None);
        assert_eq!(recover_id(b"{\"id\":1.5}"), None);
        assert_eq!(recover_id(b"\"id\":3"), None);
        assert_eq!(recover_id(b"{\"id\":{\"id\":3}}"), None);
    }
}
