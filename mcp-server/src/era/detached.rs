//! A call whose client may leave: a disconnect is no cancel (2025-11-25, basic/transports, "Sending Messages to the
//! Server"), so the handler goes on in a task.
//!
//! ```text
//! Fresh ── pending ──► Waiting ── answered, or an event ──► Over
//!   │                     │
//!   └─── connection lost ─┴──► a task of its own; nobody reads its answer
//! ```

use std::{future::poll_fn, sync::Arc, task::Poll};

use super::{
    http_call::{HttpCall, Turn},
    inflight::{Inflight, Running},
};
use crate::http::{Reply, events};

/// A call in its connection's future. Dropped before it is over, it moves to a task.
struct Detachable {
    state: State,
}

enum State {
    /// Polled at most once: most calls are answered then, and nobody could cancel them.
    Fresh(HttpCall),
    /// A cancel finds it.
    Waiting(HttpCall, Running),
    /// Its client will be answered, or was: nothing is to be saved.
    Over,
}

impl HttpCall {
    /// Answers a client whose disconnect is no cancel. `inflight` is where a cancel will look for the call.
    pub(super) async fn respond_detachable(self, inflight: &Arc<Inflight>) -> Reply {
        let mut call = Detachable { state: State::Fresh(self) };
        match call.first_poll().await {
            Some(turn) => call.finish(Some(turn)),
            None => {
                call.enter(inflight);
                let turn = call.turn().await;
                call.finish(turn)
            }
        }
    }
}

impl Detachable {
    async fn first_poll(&mut self) -> Option<Turn> {
        let State::Fresh(call) = &mut self.state else { return None };
        poll_fn(|cx| {
            Poll::Ready(match call.future.as_mut().poll(cx) {
                Poll::Ready(answer) => Some(Turn::Answered(answer)),
                Poll::Pending => None,
            })
        })
        .await
    }

    fn enter(&mut self, inflight: &Arc<Inflight>) {
        if let State::Fresh(call) = std::mem::replace(&mut self.state, State::Over) {
            let running = inflight.enter(call.id());
            self.state = State::Waiting(call, running);
        }
    }

    /// The answer or an event; `None` when the call is cancelled.
    async fn turn(&mut self) -> Option<Turn> {
        let State::Waiting(call, running) = &mut self.state else { return None };
        tokio::select! {
            biased;
            () = running.cancelled() => None,
            turn = call.turn() => Some(turn),
        }
    }

    fn finish(mut self, turn: Option<Turn>) -> Reply {
        let (call, running) = match std::mem::replace(&mut self.state, State::Over) {
            State::Fresh(call) => (call, None),
            State::Waiting(call, running) => (call, Some(running)),
            State::Over => return events(&[]),
        };
        match turn {
            Some(Turn::Answered(answer)) => call.whole(&answer),
            Some(Turn::Event) => call.streamed(running),
            // A cancelled request gets no response: a stream that ends without one.
            None => events(&[]),
        }
    }
}

impl Drop for Detachable {
    fn drop(&mut self) {
        let State::Waiting(call, running) = std::mem::replace(&mut self.state, State::Over) else { return };
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let engine = call.engine().clone();
        engine.lifecycle.spawn(async move {
            let HttpCall { future, hold, .. } = call;
            tokio::select! {
                biased;
                () = running.cancelled() => {}
                // Nobody is left to read the answer.
                _ = future => {}
            }
            drop(hold);
        });
    }
}
