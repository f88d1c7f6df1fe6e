//! One call over HTTP: polled inside the connection's own future, answered as JSON, and turned into a stream of
//! events only when there is an event.

use std::{future::poll_fn, sync::Arc, task::Poll};

use http::StatusCode;
use mcp_core::{
    call::{Call, CallNotifications, Outcome},
    error::Error,
    jsonrpc::RequestId,
    model::ProgressToken,
    version::ProtocolVersion,
};

use super::{
    Eras,
    inflight::{Inflight, Running},
    modern::status_of,
    sink::{EventSink, StreamWriter},
};
use crate::{
    http::{Accepted, EventStream, Refusal, Reply, busy, events, json, stream},
    lifecycle::Place,
    outbox::{Outbox, ReplySlot},
    router::CallFuture,
};

/// A call that is running, and everything its answer needs. Dropping it drops the handler.
pub(super) struct HttpCall {
    eras: Arc<Eras>,
    id: RequestId,
    version: ProtocolVersion,
    future: CallFuture,
    /// Where the call's events go; `None` if it can have none.
    outbox: Option<Outbox>,
    /// The call's place among those that may run, held until it ends.
    place: Place,
    accepted: Accepted,
}

type Answer = Result<Outcome, Error>;

/// What comes first.
enum Turn {
    Answered(Answer),
    /// There is an event to send before the answer.
    Event,
}

impl HttpCall {
    /// Starts nothing yet: gives the call its place among those that run, and a stream for its events if it can have
    /// any: its caller takes events, and wants progress or log messages.
    pub(super) fn new(
        eras: &Arc<Eras>,
        call: Call,
        id: RequestId,
        token: Option<ProgressToken>,
        accepted: Accepted,
    ) -> Result<Self, Refusal> {
        let place = eras.engine.calls.take().ok_or_else(|| busy(Some(&id)))?;
        let version = call.caller.version();
        let token = token.filter(|_| accepted.events);
        let has_events = token.is_some() || (accepted.events && eras.engine.logs_to(&call.caller));
        let outbox = has_events.then(|| Outbox::new(&eras.engine.limits));
        let notifications = outbox.clone().map(|outbox| CallNotifications {
            progress_token: token,
            sink: Arc::new(EventSink::new(outbox, StreamWriter { version, sight: None })),
        });
        let future = eras.engine.handle(call.with_notifications(notifications));
        Ok(Self { eras: eras.clone(), id, version, future, outbox, place, accepted })
    }

    /// Answers a client whose disconnect cancels the call (HTTPM-020): the handler lives in this future, and then in
    /// a task that ends with the stream.
    pub(super) async fn respond(mut self) -> Reply {
        match self.turn().await {
            Turn::Answered(answer) => self.whole(&answer),
            Turn::Event => self.streamed(None),
        }
    }

    /// Answers a client whose disconnect is no cancel (HTTPL-011): if this future is dropped, the handler goes on in
    /// a task. `inflight` is where a cancel will look for it.
    pub(super) async fn respond_and_survive(self, inflight: &Arc<Inflight>) -> Reply {
        let mut surviving = Surviving { call: Some((self, None)) };
        if let Some(Turn::Answered(answer)) = surviving.first_poll().await {
            return surviving.finish(|call, _| call.whole(&answer));
        }
        surviving.enter(inflight);
        match surviving.turn_or_cancel().await {
            Some(Turn::Answered(answer)) => surviving.finish(|call, _| call.whole(&answer)),
            Some(Turn::Event) => surviving.finish(HttpCall::streamed),
            // A cancelled request gets no response (CANC-008): a stream that ends without one.
            None => surviving.finish(|_, _| events(&[])),
        }
    }

    async fn turn(&mut self) -> Turn {
        poll_fn(|cx| {
            if let Poll::Ready(answer) = self.future.as_mut().poll(cx) {
                return Poll::Ready(Turn::Answered(answer));
            }
            match &self.outbox {
                Some(outbox) if outbox.poll_waiting(cx).is_ready() => Poll::Ready(Turn::Event),
                _ => Poll::Pending,
            }
        })
        .await
    }

    /// The whole answer at once: one body, one write.
    fn whole(self, answer: &Answer) -> Reply {
        let frame = self.eras.answer(self.version, &self.id, answer);
        let mut frames = self.outbox.as_ref().map(Outbox::take).unwrap_or_default();
        let status = answer.as_ref().err().map_or(StatusCode::OK, |error| self.status(error));
        // A stream says 200. What has another status is no stream, whatever the client would rather have.
        if frames.is_empty() && (self.accepted.json || status != StatusCode::OK) {
            return json(status, frame);
        }
        frames.push(frame);
        events(&frames)
    }

    fn status(&self, error: &Error) -> StatusCode {
        use mcp_core::era::Era;
        match Era::of(self.version) {
            Era::Legacy => StatusCode::OK,
            Era::Modern => status_of(error.kind()),
        }
    }

    /// A stream of events that ends with the answer. The handler moves to a task of its own, so that a client that
    /// stops reading does not stop its clock. With `running` the task outlives the stream; without, it ends with it.
    fn streamed(self, running: Option<Running>) -> Reply {
        let Self { eras, id, version, future, outbox, place, .. } = self;
        let outbox = outbox.unwrap_or_else(|| Outbox::new(&eras.engine.limits));
        let reader = outbox.reader();
        let survives = running.is_some();
        let end = StreamEnd { slot: Some(ReplySlot::new(outbox.clone(), id, None)), outbox };
        let keep_alive = eras.engine.limits.keep_alive;
        let engine = eras.engine.clone();
        let task = engine.lifecycle.spawn(async move {
            let cancelled = async {
                match &running {
                    Some(running) => running.cancelled().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = cancelled => end.withdraw(),
                answer = future => end.send(|id| eras.answer(version, id, &answer)),
            }
            drop(place);
        });
        let guard = (!survives).then(|| super::modern::AbortOnDrop(task));
        stream(EventStream::new(reader, keep_alive, guard))
    }
}

/// Sends the last message of a stream and closes it, or lets the slot answer for itself.
struct StreamEnd {
    slot: Option<ReplySlot>,
    outbox: Outbox,
}

impl StreamEnd {
    fn send(mut self, render: impl FnOnce(&RequestId) -> bytes::Bytes) {
        if let Some(slot) = self.slot.take() {
            let frame = render(slot.id());
            slot.send(frame);
        }
    }

    fn withdraw(mut self) {
        if let Some(slot) = self.slot.take() {
            slot.withdraw();
        }
    }
}

impl Drop for StreamEnd {
    fn drop(&mut self) {
        // An answer that is still open is given before the stream closes.
        self.slot = None;
        self.outbox.close();
    }
}

/// A call that goes on in a task if the client's connection is dropped.
struct Surviving {
    call: Option<(HttpCall, Option<Running>)>,
}

impl Surviving {
    async fn first_poll(&mut self) -> Option<Turn> {
        let (call, _) = self.call.as_mut()?;
        poll_fn(|cx| {
            Poll::Ready(match call.future.as_mut().poll(cx) {
                Poll::Ready(answer) => Some(Turn::Answered(answer)),
                Poll::Pending => None,
            })
        })
        .await
    }

    /// Makes the call known to cancels. Not before it is pending: most calls never are.
    fn enter(&mut self, inflight: &Arc<Inflight>) {
        if let Some((call, running)) = &mut self.call {
            *running = Some(inflight.enter(&call.id));
        }
    }

    async fn turn_or_cancel(&mut self) -> Option<Turn> {
        let (call, running) = self.call.as_mut()?;
        let running = running.as_ref()?;
        tokio::select! {
            biased;
            () = running.cancelled() => None,
            turn = call.turn() => Some(turn),
        }
    }

    /// The client will be answered: nothing has to survive any more.
    fn finish(mut self, reply: impl FnOnce(HttpCall, Option<Running>) -> Reply) -> Reply {
        match self.call.take() {
            Some((call, running)) => reply(call, running),
            None => events(&[]),
        }
    }
}

impl Drop for Surviving {
    fn drop(&mut self) {
        if let Some((call, running)) = self.call.take()
            && tokio::runtime::Handle::try_current().is_ok()
        {
            let engine = call.eras.engine.clone();
            engine.lifecycle.spawn(async move {
                let HttpCall { future, place, .. } = call;
                let Some(running) = running else { return };
                tokio::select! {
                    biased;
                    () = running.cancelled() => {}
                    // Nobody is left to read the answer.
                    _ = future => {}
                }
                drop(place);
            });
        }
    }
}
