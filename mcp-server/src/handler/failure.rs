//! How a prompt, a resource or a completion fails: the caller learns no more than it may.

use std::error::Error as StdError;

use mcp_core::Error;

use super::{call_failure::CallFailure, tool::ToolError};

/// An [`Error`] goes out as it is; anything else is an internal error, whose cause only the log tells.
pub(crate) fn failure(what: &'static str, error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
    let error = match error.into().downcast::<Error>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    // A helper shared with tools may fail as a tool does.
    match CallFailure::from(ToolError::new(error)) {
        CallFailure::Protocol(error) => error,
        CallFailure::Tool(cause) | CallFailure::Arguments(cause) => {
            tracing::error!(what, %cause, "a handler failed");
            Error::internal(format!("the {what} failed: the server's log says why"))
        }
    }
}
