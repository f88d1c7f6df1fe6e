//! The line from a running call back to its client.

use async_trait::async_trait;
use mcp_core::{json::RawJson, jsonrpc::ErrorObject, model::ServerNotification};

use super::Activity;

/// Sends requests of the server's own to the client of one call.
#[async_trait]
pub(crate) trait ClientLink: Send + Sync {
    /// The clock of the call: kept here, so that it needs no place of its own.
    fn activity(&self) -> &Activity;

    /// The call has ended: nothing more can be asked, and what is lent is taken back.
    fn end(&self);

    /// Tells the session of the call, and no other, that something has changed, if it hears of changes.
    #[cfg_attr(not(feature = "discovery"), expect(dead_code, reason = "nothing is for one session alone"))]
    fn tell(&self, event: ServerNotification);

    /// Asks, and waits for the answer up to the server's limit. Dropped, the client is told that nobody waits any more.
    async fn ask(&self, method: &'static str, params: Option<RawJson>) -> Result<RawJson, NotAnswered>;
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
}

impl NotAnswered {
    pub(super) fn no_line() -> Self {
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

    pub(crate) fn refused(error: ErrorObject) -> Self {
        Self { why: Why::Refused(Box::new(error)) }
    }

    /// This client cannot be asked in the middle of a call: it has no session, or takes no events.
    pub fn is_unsupported(&self) -> bool {
        matches!(self.why, Why::NoLine)
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
