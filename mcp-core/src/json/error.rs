//! Why a value could not be read from JSON, or written as it.

use std::fmt;

use crate::error::excerpt;

/// A value could not be read from JSON or written to it.
#[derive(thiserror::Error)]
#[error("{}", self.reason())]
pub struct JsonError(pub(super) serde_json::Error);

impl JsonError {
    /// One with a sentence of our own.
    pub(crate) fn custom(sentence: impl fmt::Display) -> Self {
        Self(serde::de::Error::custom(sentence))
    }

    /// The reason without the position in the text, which means nothing to the one who sent it; on one line, and at
    /// most 256 characters of it.
    pub fn reason(&self) -> String {
        let text = self.0.to_string();
        let reason = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]);
        excerpt(reason).into_owned()
    }
}

impl fmt::Debug for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
