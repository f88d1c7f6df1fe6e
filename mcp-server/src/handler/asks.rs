//! What a handler asks its clients, as it says beforehand.

use mcp_core::{
    era::{Missing, asking},
    error::Error,
    model::Ask,
};

use super::call_failure::CallFailure;
use crate::context::CallScope;

/// What a handler asks its clients. Most ask nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Asks(Vec<Ask>);

/// A client does not take what it would be asked.
pub(super) struct Lacking(Missing);

impl Asks {
    pub(super) fn extend(&mut self, asks: impl IntoIterator<Item = Ask>) {
        self.0.extend(asks);
    }

    /// What the caller lacks, if it lacks anything.
    #[inline]
    pub(super) fn missing(&self, scope: &CallScope) -> Option<Lacking> {
        if self.0.is_empty() { None } else { self.look(scope) }
    }

    #[inline(never)]
    fn look(&self, scope: &CallScope) -> Option<Lacking> {
        asking(scope.caller.version(), scope.caller.capabilities(), &self.0).err().map(Lacking)
    }
}

impl Lacking {
    /// The failure of a tool: where a revision has no error for it, the model is told.
    pub(super) fn of_tool(self) -> CallFailure {
        match self.0.into_error() {
            Ok(error) => CallFailure::Protocol(error),
            Err(sentence) => CallFailure::Tool(sentence),
        }
    }

    /// The failure of any other request.
    pub(super) fn of_request(self) -> Error {
        self.0.into_error().unwrap_or_else(Error::invalid_request)
    }
}
