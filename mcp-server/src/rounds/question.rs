//! One question of a handler, as it is known in every round.

use mcp_core::json::RawJson;

use crate::request_state::digest;

/// What is asked. A key belongs to a kind: a form and a sample may have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Form,
    Url,
    Sample,
    Roots,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Url => "url",
            Self::Sample => "sample",
            Self::Roots => "roots",
        }
    }

    /// The key of a question of this kind among all questions of a call.
    pub(crate) fn key(self, key: &str) -> String {
        format!("{}:{key}", self.name())
    }
}

/// A question: what goes to the client, and the key under which the answer comes.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) key: String,
    pub(crate) method: &'static str,
    pub(crate) params: RawJson,
}

impl Question {
    /// What an answer belongs to: consent to one thing is none to another.
    pub(super) fn digest(&self) -> [u8; 32] {
        digest(&[self.method.as_bytes(), self.params.as_bytes()])
    }
}
