//! A call in the future of its connection, and what becomes of it when its client leaves.
//!
//! In an era without sessions, a disconnect is a cancel: the handler is dropped. In the one that has them it is none
//! (2025-11-25, basic/transports, "Sending Messages to the Server"), so the handler goes on in a task, also if the server
//! opens no sessions over HTTP; then nothing but the clock of the call can end it.
//!
//! ```text
//! Running ── answered, cancelled, or an event ──► Over
//!    └────── connection lost ──► not a cancel: a task of its own, and nobody reads its answer
//! ```

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::{
    http_call::{Answer, HttpCall},
    inflight::Running,
};
use crate::http::{Reply, events};

/// The answer to a client. Written by hand, because every call is moved into it, and an `async fn` has room for several
/// of what it moves on.
pub(super) struct Attended {
    state: State,
}

#[allow(clippy::large_enum_variant, reason = "nearly every answer comes from a handler: a box would cost each of them")]
enum State {
    /// No handler runs: this is the answer.
    Answered(Box<Reply>),
    /// A cancel finds it, if it belongs to a session: from the start, because a handler may compute for long before it
    /// first waits.
    Running(HttpCall, Option<Running>),
    /// Its client will be answered, or was: nothing is to be saved.
    Over,
}

impl HttpCall {
    /// Answers the client.
    pub(super) fn respond(self) -> Attended {
        let cancelling = self.enter();
        Attended { state: State::Running(self, cancelling) }
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        Pin::new(&mut self.running).poll(cx)
    }

    /// Where a cancel will look for the call; nowhere if it has no session.
    fn enter(&self) -> Option<Running> {
        self.hold.visit.as_ref().map(|visit| visit.session.inflight.enter(self.id()))
    }
}

impl From<Box<Reply>> for Attended {
    fn from(reply: Box<Reply>) -> Self {
        Self { state: State::Answered(reply) }
    }
}

impl Attended {
    fn is_cancelled(&self, cx: &Context<'_>) -> bool {
        matches!(&self.state, State::Running(_, Some(cancelling)) if cancelling.poll_cancelled(cx).is_ready())
    }

    fn end(&mut self, reply: Reply) -> Poll<Reply> {
        self.state = State::Over;
        Poll::Ready(reply)
    }

    #[cold]
    fn poll_known(&mut self) -> Poll<Reply> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Answered(reply) => Poll::Ready(*reply),
            _ => Poll::Ready(events(&[])),
        }
    }

    /// What becomes of a call that is not answered yet. Out of line: the task that a stream needs is made on the stack,
    /// below all calls that need none.
    #[inline(never)]
    fn poll_unanswered(&mut self, cx: &mut Context<'_>) -> Poll<Reply> {
        if self.is_cancelled(cx) {
            return self.end(events(&[]));
        }
        match &self.state {
            State::Running(call, _) if call.poll_event(cx).is_ready() => {}
            _ => return Poll::Pending,
        }
        match std::mem::replace(&mut self.state, State::Over) {
            State::Running(call, cancelling) => Poll::Ready(call.streamed(cancelling)),
            State::Answered(_) | State::Over => Poll::Pending,
        }
    }

    /// The client has left: the handler goes on if its call belongs to a session.
    #[inline(never)]
    fn go_on(&mut self) {
        let State::Running(call, Some(cancelling)) = std::mem::replace(&mut self.state, State::Over) else { return };
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        call.lose_client();
        let engine = call.engine().clone();
        engine.lifecycle.spawn(async move {
            let HttpCall { running, hold, .. } = call;
            tokio::select! {
                biased;
                () = cancelling.cancelled() => {}
                // Nobody is left to read the answer.
                _ = running => {}
            }
            drop(hold);
        });
    }
}

impl Future for Attended {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Reply> {
        let (call, cancelling) = match &mut self.state {
            State::Running(call, cancelling) => (call, cancelling),
            State::Answered(_) | State::Over => return self.poll_known(),
        };
        // A cancelled request gets no response: a stream that ends without one. Most calls end before anybody could
        // cancel them, so that a waker is left for it only where one has to wait.
        if cancelling.as_ref().is_some_and(Running::is_cancelled) {
            return self.end(events(&[]));
        }
        match call.poll_answer(cx) {
            Poll::Ready(_) if cancelling.as_ref().is_some_and(Running::is_cancelled) => self.end(events(&[])),
            Poll::Ready(answer) => {
                let reply = call.whole(&answer);
                self.end(reply)
            }
            Poll::Pending => self.poll_unanswered(cx),
        }
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        if matches!(self.state, State::Running(..)) {
            self.go_on();
        }
    }
}
