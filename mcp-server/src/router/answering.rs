//! A call that has been routed: its answer, or the handler that works on it.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use mcp_core::{
    call::Outcome,
    error::Error,
    model::{CallToolResult, ServerResult},
};

use super::guarded::{CallFuture, Guarded};
use crate::{
    handler::{CallFailure, ToolFuture},
    logging::EndOnDrop,
};

/// A call whose handler runs, guarded. Dropping it drops the handler.
pub(crate) type RunningCall = Guarded<Answering>;

/// The rest of a call, from its route to its answer.
///
/// Made, moved and dropped for every call. So it is small: all that is large in it is boxed where a handler begins, and it
/// is written by hand, because an `async fn` has room for its arguments beside what it makes of them.
pub(crate) struct Answering {
    way: Way,
    /// Ends the log of the call.
    end: Option<EndOnDrop>,
}

/// Which way the answer comes.
pub(crate) enum Way {
    /// It is there already.
    Known(Box<Result<Outcome, Error>>),
    /// From a tool.
    Tool(ToolFuture),
    /// From any other handler, or through layers.
    Other(CallFuture),
    /// It has come.
    Over,
}

impl Answering {
    /// `end` comes with the end of the handler: before anybody sees the answer.
    pub(crate) fn new(way: Result<Way, Error>, end: Option<EndOnDrop>) -> Self {
        Self { way: way.unwrap_or_else(|error| Way::Known(Box::new(Err(error)))), end }
    }
}

impl Way {
    /// The answer that is there already. Out of the way of handlers.
    #[inline(never)]
    fn known(&mut self) -> Result<Outcome, Error> {
        match std::mem::replace(self, Self::Over) {
            Self::Known(answer) => *answer,
            _ => Err(Error::internal("the call has ended")),
        }
    }
}

impl From<ServerResult> for Way {
    fn from(result: ServerResult) -> Self {
        Self::Known(Box::new(Ok(Outcome::Complete(result))))
    }
}

impl Future for Answering {
    type Output = Result<Outcome, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = match &mut self.way {
            Way::Tool(running) => outcome(ready!(running.as_mut().poll(cx))),
            Way::Other(running) => ready!(running.as_mut().poll(cx)),
            Way::Known(_) | Way::Over => self.way.known(),
        };
        self.way = Way::Over;
        if let Some(end) = self.end.take() {
            end.answered();
        }
        Poll::Ready(answer)
    }
}

fn outcome(returned: Result<CallToolResult, CallFailure>) -> Result<Outcome, Error> {
    match returned {
        Ok(result) => Ok(Outcome::Complete(ServerResult::CallTool(result))),
        Err(failure) => failed(failure),
    }
}

#[inline(never)]
fn failed(failure: CallFailure) -> Result<Outcome, Error> {
    match failure {
        CallFailure::Tool(text) => Ok(Outcome::Complete(ServerResult::CallTool(CallToolResult::error(text)))),
        CallFailure::Arguments(text) => Err(Error::invalid_arguments(text)),
        CallFailure::Protocol(error) => Err(error),
        CallFailure::Asking(asked) => Ok(Outcome::InputRequired(asked)),
    }
}
