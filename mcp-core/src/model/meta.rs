//! What any party may attach.

use serde_json::Value;

use super::extension::{is_label, is_reserved, is_word};

/// The open `_meta` object that most types carry. Keys with a prefix whose second label is `mcp` or
/// `modelcontextprotocol` belong to the protocol (2026-07-28, basic, "`_meta`").
///
/// Where it stands in a type it is boxed: it is rare and large, and what a call answers is moved from hand to hand.
pub type Meta = serde_json::Map<String, Value>;

/// Collects what a program attaches.
pub(super) fn collect(members: impl IntoIterator<Item = (impl Into<String>, impl Into<Value>)>) -> Box<Meta> {
    Box::new(members.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
}

/// Checks the key of a member that a program adds to the `_meta` of a request (2026-07-28, basic, "`_meta`").
///
/// # Errors
///
/// A sentence, if the key has another form than `name` or `com.example/name`, or belongs to the protocol.
pub fn check_meta_key(key: &str) -> Result<(), &'static str> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let has_form = prefix.is_none_or(|prefix| prefix.split('.').all(is_label))
        && (is_word(name) || (name.is_empty() && prefix.is_some()));
    if !has_form {
        return Err("write it as `name` or `com.example/name`, of letters, digits and `-`, `_`, `.` inside");
    }
    if key == "progressToken" || prefix.is_some_and(is_reserved) {
        return Err("it belongs to the protocol, and the client writes it where it is needed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_program_have_a_form_and_are_none_of_the_protocols() {
        for key in ["traceparent", "com.example/trace", "com.example.mcp/", "a", "a.b-c_d", "com.example/"] {
            assert_eq!(check_meta_key(key), Ok(()), "{key}");
        }
        for key in ["", "/", "a b", "-a", "com..example/a", "1com/a", "com.example/a/b", "ü"] {
            assert!(check_meta_key(key).unwrap_err().contains("write it as"), "{key}");
        }
        for key in ["progressToken", "io.modelcontextprotocol/logLevel", "com.mcp/x", "dev.mcp.tools/x"] {
            assert!(check_meta_key(key).unwrap_err().contains("belongs to the protocol"), "{key}");
        }
    }
}
