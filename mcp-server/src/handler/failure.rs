//! How a prompt, a resource, a completion or a method of an extension fails: the caller learns no more than it may.

use std::error::Error as StdError;

use mcp_core::Error;

use super::{
    causes::{self, Causes},
    tool::ToolError,
};

/// An [`Error`] goes out as it is; anything else is an internal error, whose causes only the log tells.
#[cold]
pub(crate) fn failure(what: &'static str, error: impl Into<ToolError>) -> Error {
    let reason = match error.into().into_parts() {
        Ok(error) => return error,
        Err(reason) => reason,
    };
    let reference = logged(what, &*reason);
    Error::internal(format!("the {what} failed: the server's log says why, under {reference}"))
}

/// Tells the log why something failed that its caller is told nothing else of, and returns the reference under which it
/// does.
#[cold]
pub(crate) fn logged(what: &'static str, reason: &(dyn StdError + 'static)) -> String {
    let (error, causes, reference) = (causes::line(reason), Causes::of(reason), causes::reference());
    let _span = crate::logging::span_of_failure();
    tracing::error!(what, reference, error, causes = ?causes.lines(), "a handler failed");
    reference
}
