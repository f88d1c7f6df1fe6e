//! What a function does not say as its tool does.

use std::fmt;

/// Something that was dropped or changed on the way from a tool to a function, or from a result to what the API takes.
///
/// A server checks arguments by its own schema, whatever the model was told: a note costs guidance, not safety.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// Where, as a JSON pointer (RFC 6901) into the tool's definition, or into the result.
    pub pointer: String,
    /// What became of it, in a sentence.
    pub message: String,
}

impl Note {
    pub(super) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.message)
    }
}

/// The pointer to a member of what `pointer` points to.
pub(super) fn below(pointer: &str, member: &str) -> String {
    format!("{pointer}/{}", member.replace('~', "~0").replace('/', "~1"))
}
