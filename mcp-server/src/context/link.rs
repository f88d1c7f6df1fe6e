//! The line from a running call back to its client.

use async_trait::async_trait;
use mcp_core::{era::Missing, error::Error, json::RawJson, jsonrpc::ErrorObject, model::ServerNotification};

use super::Activity;

/// Sends requests of the server's own to the client of one call.
#[async_trait]
pub(crate) trait ClientLink: Send + Sync {
    /// The clock of the call: kept here, so that it needs no place of its own.
    fn activity(&self) -> &Activity;

    /// The call has ended: nothing more can be asked, what waits is answered by nobody, and what is lent is taken back.
    fn end(&self);

    /// Tells the session of the call, and no other, that something has changed, if it hears of changes.
    #[cfg_attr(not(feature = "discovery"), expect(dead_code, reason = "nothing is for one session alone"))]
    fn tell(&self, event: ServerNotification);

    /// Asks, and waits for the answer up to the server's limit. Dropped, the client is told that nobody waits any more.
    ///
    /// `key` is what the handler calls the question; no client hears of it.
    async fn ask(&self, key: &str, method: &'static str, params: Option<RawJson>) -> Result<RawJson, NotAnswered>;
}

/// Why a client has not answered. Opaque: ask it with its methods, show its text.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{why}")]
pub struct NotAnswered {
    why: Why,
}

#[derive(Debug, Clone, thiserror::Error)]
enum Why {
    #[error("this client cannot be asked in the middle of a call")]
    NoLine,
    #[error("the client is gone")]
    Gone,
    #[error("the client has not answered in time")]
    TooLate,
    #[error("too many questions wait for this client already")]
    TooMany,
    #[error("the client refused: {} ({})", .0.message, .0.code)]
    Refused(Box<ErrorObject>),
    #[error("{}", .0.sentence())]
    Undeclared(Box<Missing>),
    #[error("{0}")]
    Unasked(String),
    #[error("the client's answer does not fit what it was asked: {0}")]
    Malformed(String),
}

impl NotAnswered {
    pub(crate) fn no_line() -> Self {
        Self { why: Why::NoLine }
    }

    pub(crate) fn gone() -> Self {
        Self { why: Why::Gone }
    }

    pub(crate) fn too_late() -> Self {
        Self { why: Why::TooLate }
    }

    pub(crate) fn too_many() -> Self {
        Self { why: Why::TooMany }
    }

    pub(super) fn undeclared(missing: Missing) -> Self {
        Self { why: Why::Undeclared(Box::new(missing)) }
    }

    /// The question itself cannot be asked; the text says what would help.
    pub(super) fn unasked(problem: String) -> Self {
        Self { why: Why::Unasked(problem) }
    }

    pub(super) fn malformed(problem: String) -> Self {
        Self { why: Why::Malformed(problem) }
    }

    /// The error of the request that a client gets which does not take the question, where its revision has one.
    pub(crate) fn request_error(&self) -> Option<Error> {
        match &self.why {
            Why::Undeclared(missing) => (**missing).clone().into_error().ok(),
            _ => None,
        }
    }

    pub(crate) fn refused(error: ErrorObject) -> Self {
        Self { why: Why::Refused(Box::new(error)) }
    }

    /// This client cannot be asked this in the middle of a call: it has no session, or takes no events, or has not declared
    /// that it takes such questions.
    pub fn is_unsupported(&self) -> bool {
        matches!(self.why, Why::NoLine | Why::Undeclared(_))
    }

    /// The client has answered, but something else than what it was asked for.
    pub fn is_malformed(&self) -> bool {
        matches!(self.why, Why::Malformed(_))
    }

    /// The session of the client has ended, or the stream of the call, which is the only one that a question may go on,
    /// was lost (2025-11-25, basic/transports, "Sending Messages to the Server").
    pub fn is_gone(&self) -> bool {
        matches!(self.why, Why::Gone)
    }

    /// The client took longer than [`Limits::ask_timeout`](crate::Limits::ask_timeout).
    pub fn is_timeout(&self) -> bool {
        matches!(self.why, Why::TooLate)
    }

    /// The client has answered, with this JSON-RPC error.
    pub fn error_code(&self) -> Option<i64> {
        match &self.why {
            Why::Refused(error) => Some(error.code),
            _ => None,
        }
    }
}
