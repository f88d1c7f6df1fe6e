//! What a call wants to know from its client before it has an answer, and what the client brings when it asks again.

use crate::json::{RawJson, RawObject, Text};

/// Questions to the client in place of an answer (2026-07-28, basic/patterns/mrtr). The client answers them by sending the
/// same request again, with the answers and the state.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct InputRequired {
    /// The questions, each under a key of its own.
    pub requests: Vec<InputRequest>,
    /// What the server wants back, unchanged. Opaque to everybody else.
    pub state: Option<String>,
}

/// One question to a client.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InputRequest {
    /// Its answer comes under the same key.
    pub key: String,
    /// What is asked, such as `elicitation/create`.
    pub method: &'static str,
    /// The parameters in the words of the caller's revision; an object.
    pub params: RawJson,
}

/// What a client brings that asks again.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Resume {
    /// The state that it was given. `None` if it brings none.
    pub state: Option<Text>,
    /// The answers, each under the key of its question.
    pub responses: RawObject,
}

impl InputRequired {
    /// These questions, and the state that comes back with the answers.
    pub fn new(requests: Vec<InputRequest>, state: Option<String>) -> Self {
        Self { requests, state }
    }
}

impl InputRequest {
    /// A question.
    pub fn new(key: impl Into<String>, method: &'static str, params: RawJson) -> Self {
        Self { key: key.into(), method, params }
    }
}

impl Resume {
    /// The answers to questions, and the state that came with these.
    pub fn new(state: Option<Text>, responses: RawObject) -> Self {
        Self { state, responses }
    }
}
