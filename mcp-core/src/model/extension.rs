//! What an extension of the protocol is called, and what it may be set to.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::shown;

/// An extension that cannot be declared, with the sentence that says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidExtension(Cow<'static, str>);

impl InvalidExtension {
    /// With the sentence for whoever wrote the extension.
    pub fn new(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self(sentence.into())
    }
}

/// The prefix of extensions that the protocol's makers publish (2026-07-28, basic/versioning, "Extension Negotiation").
const OFFICIAL: &str = "io.modelcontextprotocol";

/// Checks the identifier of an extension, and makes an object of its settings. `()` stands for no settings.
///
/// # Errors
///
/// [`InvalidExtension`] if the identifier has another form than `com.example/name` (2026-07-28, basic/versioning,
/// "Extension Negotiation"; 2026-07-28, basic, "`_meta`"), if its prefix belongs to the protocol (2026-07-28, basic,
/// "`_meta`"), or if the settings are no JSON object (2026-07-28, basic/versioning, "Extension Negotiation").
pub fn check_extension(id: &str, settings: &impl Serialize) -> Result<Map<String, Value>, InvalidExtension> {
    check_id(id).map_err(|reason| {
        InvalidExtension::new(format!("`{}` is no identifier of an extension: {reason}", shown(id)))
    })?;
    match serde_json::to_value(settings) {
        Ok(Value::Object(settings)) => Ok(settings),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(InvalidExtension::new(format!(
            "the settings of extension `{id}` must be a JSON object: pass `()` if there are none"
        ))),
        Err(error) => {
            Err(InvalidExtension::new(format!("the settings of extension `{id}` cannot be written as JSON: {error}")))
        }
    }
}

fn check_id(id: &str) -> Result<(), &'static str> {
    let (prefix, name) = id
        .split_once('/')
        .ok_or("it has no prefix: put the reversed name of a domain of yours before it, as in `com.example/name`")?;
    if !prefix.split('.').all(is_label) {
        return Err("each part of its prefix begins with a letter, ends with a letter or digit, and holds letters, \
                    digits and hyphens, as in `com.example/name`");
    }
    if !is_name(name) {
        return Err(
            "what follows the `/` is empty, or begins and ends with a letter or digit, and holds letters, digits, `-`, `_` \
                    and `.`, as in `com.example/name`",
        );
    }
    if is_reserved(prefix) && prefix != OFFICIAL {
        return Err("prefixes whose second part is `mcp` or `modelcontextprotocol` belong to the protocol: use the \
                    reversed name of a domain of yours");
    }
    Ok(())
}

/// Whether a prefix belongs to the protocol (2026-07-28, basic, "`_meta`").
pub(super) fn is_reserved(prefix: &str) -> bool {
    matches!(prefix.split('.').nth(1), Some("mcp" | "modelcontextprotocol"))
}

pub(super) fn is_label(label: &str) -> bool {
    label.starts_with(|first: char| first.is_ascii_alphabetic())
        && label.ends_with(|last: char| last.is_ascii_alphanumeric())
        && label.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
}

fn is_name(name: &str) -> bool {
    name.is_empty() || is_word(name)
}

pub(super) fn is_word(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric())
        && name.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Held to 2026-07-28, basic/versioning, "Extension Negotiation"; 2026-07-28, basic, "`_meta`".
    #[test]
    fn identifiers_have_a_prefix_that_is_nobody_elses() {
        for id in [
            "com.example/clock",
            "com.example/clock-2.1_b",
            "a/b",
            "com.example.mcp/x",
            "io.modelcontextprotocol/ui",
            "x1.y-z/0",
            "com.example/",
        ] {
            assert!(check_extension(id, &()).is_ok(), "{id}");
        }
        for id in [
            "clock",
            "/clock",
            "",
            "com..example/x",
            "1com.example/x",
            "com.example-/x",
            "com.exam_ple/x",
            "com.example/-x",
            "com.example/x.",
            "com.example/a/b",
            "com.exämple/x",
            "com.example/ä",
            "com.mcp/x",
            "dev.mcp.tools/x",
            "com.modelcontextprotocol/x",
            "io.modelcontextprotocol.sub/x",
        ] {
            let error = check_extension(id, &()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{id}` is no identifier of an extension: ")), "{error}");
        }
    }

    /// Held to 2026-07-28, basic/versioning, "Extension Negotiation".
    #[test]
    fn settings_are_objects() {
        assert_eq!(check_extension("a/b", &()), Ok(Map::new()));
        assert_eq!(Value::Object(check_extension("a/b", &json!({"x": 1})).unwrap()), json!({"x": 1}));
        for settings in [json!(1), json!([]), json!("x")] {
            assert!(check_extension("a/b", &settings).unwrap_err().to_string().contains("must be a JSON object"));
        }
    }
}
