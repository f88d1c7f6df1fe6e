//! Tokens of a text that is known to be JSON.

use std::ops::Range;

/// Where the numbers of a JSON text stand.
pub(in crate::handler) fn numbers(json: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = json.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            match bytes.get(at)? {
                b'"' => at = end_of_string(bytes, at),
                b'-' | b'0'..=b'9' => {
                    let start = at;
                    at = end_of_number(bytes, at);
                    return Some(start..at);
                }
                _ => at += 1,
            }
        }
    })
}

/// The place behind the string that begins at `start`.
pub(in crate::handler) fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// The place behind the number that begins at `start`.
pub(in crate::handler) fn end_of_number(bytes: &[u8], start: usize) -> usize {
    let in_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    start + bytes.get(start..).unwrap_or_default().iter().take_while(|byte| in_number(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_outside_of_strings() {
        let json = r#"{"1":[-2.5e+3,"4\"5",6,true],"x":{"\\":7}}"#;
        let found: Vec<&str> = numbers(json).map(|at| &json[at]).collect();
        assert_eq!(found, ["-2.5e+3", "6", "7"]);
    }
}
