//! A call that waits for answers.

use std::{collections::BTreeMap, fmt};

use mcp_core::{
    ProtocolVersion,
    era::{Asked, InputGiven, InputWanted, WantedInput, read_asked, request_params},
    json::{RawJson, RawObject},
    model::{ClientCapabilities, Request},
};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What one round of a call gave.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a call that asks has not ended: answer it, and resume it"]
pub enum Round<R> {
    /// The result.
    Done(R),
    /// The server wants to know something first.
    Asks(PendingCall),
}

/// A call that waits for answers (2026-07-28, *Multi Round-Trip Requests*). It holds everything that is needed to go on, by
/// this process or by another to which it was sent: serialize it. The server holds nothing meanwhile, but may take back what
/// it wants to know after a while of its own.
///
/// It is as confidential as the arguments of the call.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingCall {
    pub(super) method: String,
    pub(super) params: RawJson,
    #[serde(default)]
    pub(super) meta: RawObject,
    wanted: InputWanted,
    #[serde(default)]
    answers: BTreeMap<String, RawJson>,
}

impl PendingCall {
    /// The keys of the questions that have no answer yet, in the server's order. None if the server only wants to be asked
    /// again.
    pub fn unanswered(&self) -> impl Iterator<Item = &str> {
        let keys = self.wanted.requests.iter().map(|request| request.key.as_str());
        keys.filter(|key| !self.answers.contains_key(*key))
    }

    /// The method and the parameters of the question under a key, as they came: `elicitation/create`,
    /// `sampling/createMessage` or `roots/list`.
    pub fn question(&self, key: &str) -> Option<(&str, &RawJson)> {
        self.find(key).map(|WantedInput { method, params, .. }| (method.as_str(), params.as_raw()))
    }

    /// Answers the question under a key with the result of its method, such as `json!({"action": "decline"})`. The answer to
    /// a form is completed with the form's defaults, and held to it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if there is no such question, or the answer is no object or does not fit
    /// the form.
    pub fn answer(&mut self, key: &str, answer: impl Serialize) -> Result<()> {
        let Some(wanted) = self.find(key) else {
            return Err(Error::input(format!("the server has asked nothing under `{key}`")));
        };
        let raw = RawObject::from_value(&answer)
            .map_err(|error| Error::input("the answer cannot be written as JSON").because(error))?
            .ok_or_else(|| Error::input("an answer is a JSON object: what the method's result is"))?;
        let answer = complete(wanted, raw)?;
        self.answers.insert(key.to_owned(), answer.as_raw().clone());
        Ok(())
    }

    fn find(&self, key: &str) -> Option<&WantedInput> {
        self.wanted.requests.iter().find(|request| request.key == key)
    }

    pub(super) fn given(&self) -> Result<InputGiven> {
        if let Some(key) = self.unanswered().next() {
            return Err(Error::input(format!("the question under `{key}` has no answer: all must have one")));
        }
        let answer = |request: &WantedInput| Some((request.key.clone(), self.answers.get(&request.key)?.clone()));
        let responses: RawObject = self.wanted.requests.iter().filter_map(answer).collect();
        let responses = Some(responses).filter(|_| !self.wanted.requests.is_empty());
        Ok(InputGiven::new(responses, self.wanted.state.clone()))
    }
}

/// An accepted answer to a form has what the form wants; what else there is, is the program's own affair.
fn complete(wanted: &WantedInput, mut answer: RawObject) -> Result<RawObject> {
    let accepts = answer.get("action").and_then(|action| action.to_text()).is_some_and(|action| action == "accept");
    let takes: ClientCapabilities = RawJson::from_value(&serde_json::json!({"elicitation": {"form": {}, "url": {}}}))
        .and_then(|capabilities| capabilities.parse())
        .unwrap_or_default();
    let question = read_asked(&wanted.method, &wanted.params, ProtocolVersion::LATEST, &takes);
    if let (true, Ok(Asked::Form(form))) = (accepts, question) {
        let content = answer.get("content").and_then(RawObject::from_raw).unwrap_or_default();
        let content = form
            .complete(&content)
            .map_err(|problems| Error::input(format!("the answer does not fit the form: {}", problems.join("; "))))?;
        answer.insert("content", content.as_raw().clone());
    }
    Ok(answer)
}

impl PendingCall {
    pub(super) fn new(request: &Request, meta: RawObject, wanted: InputWanted) -> Self {
        let (method, params) = (request.method().to_owned(), request_params(request));
        Self { method, params, meta, wanted, answers: BTreeMap::new() }
    }
}

/// Its parameters and answers are nobody's business.
impl fmt::Debug for PendingCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingCall").field("method", &self.method).finish_non_exhaustive()
    }
}
