//! What a prompt may return.

use std::borrow::Cow;

use mcp_core::{
    Error,
    model::{GetPromptResult, PromptMessage},
};

use crate::handler::{failure, tool::ToolError};

/// What a prompt may return.
///
/// Text is one message of the user; messages and [`GetPromptResult`] stand for themselves. An `Err` that is an
/// [`Error`] goes to the caller as it is; any other becomes an internal error, and the log tells the cause.
#[diagnostic::on_unimplemented(
    message = "a prompt cannot return `{Self}`",
    label = "no result of a prompt",
    note = "a prompt returns text, `PromptMessage`, `Vec<PromptMessage>`, `GetPromptResult`, or a `Result` of one of these whose error is an error type"
)]
pub trait IntoPromptResult {
    /// The result, or the failure.
    ///
    /// # Errors
    ///
    /// When the prompt failed.
    fn into_prompt_result(self) -> Result<GetPromptResult, Error>;
}

impl IntoPromptResult for GetPromptResult {
    fn into_prompt_result(self) -> Result<GetPromptResult, Error> {
        Ok(self)
    }
}

impl IntoPromptResult for Vec<PromptMessage> {
    fn into_prompt_result(self) -> Result<GetPromptResult, Error> {
        Ok(GetPromptResult::new(self))
    }
}

impl<const N: usize> IntoPromptResult for [PromptMessage; N] {
    fn into_prompt_result(self) -> Result<GetPromptResult, Error> {
        Ok(GetPromptResult::new(self.into()))
    }
}

impl IntoPromptResult for PromptMessage {
    fn into_prompt_result(self) -> Result<GetPromptResult, Error> {
        Ok(GetPromptResult::new(vec![self]))
    }
}

impl IntoPromptResult for String {
    fn into_prompt_result(self) -> Result<GetPromptResult, Error> {
        PromptMessage::user(self).into_prompt_result()
    }
}

impl IntoPromptResult for &'static str {
    fn into_prompt_result(self) -> Result<GetPromptResult, Error> {
        PromptMessage::user(self).into_prompt_result()
    }
}

impl IntoPromptResult for Cow<'static, str> {
    fn into_prompt_result(self) -> Result<GetPromptResult, Error> {
        PromptMessage::user(self.into_owned()).into_prompt_result()
    }
}

impl<T: IntoPromptResult, E: Into<ToolError>> IntoPromptResult for Result<T, E> {
    fn into_prompt_result(self) -> Result<GetPromptResult, Error> {
        self.map_err(|error| failure("prompt", error))?.into_prompt_result()
    }
}
