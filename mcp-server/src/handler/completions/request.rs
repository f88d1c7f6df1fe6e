//! What a completion is asked, and what it may answer.

use std::{collections::BTreeMap, future::Future, pin::Pin};

use mcp_core::{Error, model::Completion};

use crate::handler::{failure, tool::ToolError};

/// What a client knows of a value that it wants completed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CompletionRequest {
    /// What of the value is there already.
    pub value: String,
    /// Values of other arguments that are known; since 2025-06-18 (2026-07-28, server/utilities/completion, "Requesting
    /// Completions").
    pub arguments: BTreeMap<String, String>,
}

impl CompletionRequest {
    /// A request for what begins with `value`.
    pub fn new(value: impl Into<String>, arguments: BTreeMap<String, String>) -> Self {
        Self { value: value.into(), arguments }
    }
}

/// What a completion may return: values, best first, of which at most 100 are sent.
#[diagnostic::on_unimplemented(
    message = "a completion cannot return `{Self}`",
    label = "no completion",
    note = "a completion returns `Vec<String>`, `Vec<&'static str>`, `Completion`, or a `Result` of one of these whose error is an error type"
)]
pub trait IntoCompletion {
    /// The values, or the failure.
    ///
    /// # Errors
    ///
    /// When there was no way to find any.
    fn into_completion(self) -> Result<Completion, Error>;
}

impl IntoCompletion for Completion {
    fn into_completion(mut self) -> Result<Completion, Error> {
        if self.values.len() > Self::MAX {
            self.values.truncate(Self::MAX);
            self.has_more = true;
        }
        Ok(self)
    }
}

impl<S: Into<String>> IntoCompletion for Vec<S> {
    fn into_completion(self) -> Result<Completion, Error> {
        Ok(Completion::new(self))
    }
}

impl<T: IntoCompletion, E: Into<ToolError>> IntoCompletion for Result<T, E> {
    fn into_completion(self) -> Result<Completion, Error> {
        self.map_err(|error| failure("completion", error))?.into_completion()
    }
}

/// A completion under way. Dropping it cancels it.
pub(crate) type CompletionFuture = Pin<Box<dyn Future<Output = Result<Completion, Error>> + Send>>;
