//! One call over HTTP: polled inside the connection's own future, answered as JSON, and turned into a stream of
//! events only when there is an event.
//!
//! ```text
//! polled ──► answered ──► JSON, or all its events at once
//!    └─────► an event ──► a task of its own ──► a stream that ends with the answer
//! ```
//!
//! What becomes of it when its client leaves is the era's to say: a call without a session is dropped with the
//! connection, one with a session goes on in a task ([`detached`](super::detached)).

use std::{future::poll_fn, sync::Arc, task::Poll};

use bytes::Bytes;
use http::StatusCode;
use mcp_core::{
    call::{CallNotifications, Outcome},
    error::Error,
    jsonrpc::RequestId,
    version::ProtocolVersion,
};

use super::{
    inflight::Running,
    legacy::{Session, SessionLink, Visit},
    render::{self, Words},
    sink::{EventSink, StreamWriter},
    step::Run,
};
use crate::{
    context::ClientLink,
    engine::{Engine, Support},
    http::{Accepted, EventStream, Reply, events, json, stream},
    lifecycle::AbortOnDrop,
    outbox::{Outbox, ReplySlot},
    permits::Permit,
    router::CallFuture,
};

/// A call that is running, and everything its answer needs. Dropping it drops the handler.
pub(super) struct HttpCall {
    words: Arc<dyn Words>,
    id: RequestId,
    version: ProtocolVersion,
    pub(super) future: CallFuture,
    /// Where the call's events go; `None` if it can have none.
    outbox: Option<Outbox>,
    accepted: Accepted,
    pub(super) hold: Hold,
}

/// What a call holds for as long as it runs, whoever waits for it.
pub(super) struct Hold {
    /// Its permits among the calls that may run: of the process, and of its session.
    pub(super) _permits: (Permit, Option<Permit>),
    /// Keeps its session from being idle.
    pub(super) visit: Option<Visit>,
}

pub(super) type Answer = Result<Outcome, Error>;

/// What comes first.
pub(super) enum Turn {
    Answered(Answer),
    /// There is an event to send before the answer.
    Event,
}

impl HttpCall {
    /// Starts nothing yet: gives the call a stream if it can have any: its caller takes events, and wants progress or log
    /// messages, or can be asked.
    pub(super) fn new(words: Arc<dyn Words>, run: Run, accepted: Accepted, hold: Hold) -> Self {
        let Run { call, id, progress_token, late_check } = run;
        let engine = words.engine();
        let version = call.caller.version();
        let progress_token = progress_token.filter(|_| accepted.events);
        let has_events = progress_token.is_some() || (accepted.events && engine.logs_to(&call.caller));
        let asked = hold.visit.as_ref().filter(|visit| accepted.events && visit.calls().is_some());
        let outbox = (has_events || asked.is_some()).then(|| Outbox::new(&engine.limits));
        let notifications = outbox.clone().filter(|_| has_events).map(|outbox| CallNotifications {
            progress_token,
            sink: Arc::new(EventSink::new(outbox, StreamWriter { version, sight: None })),
        });
        let client = asked.zip(outbox.clone()).map(|(visit, outbox)| {
            let permits = visit.calls().cloned().into_iter().chain([engine.calls.clone()]).collect();
            SessionLink::new(engine, &visit.session, outbox, permits) as Arc<dyn ClientLink>
        });
        let support = Support { late_check, client, ..Support::default() };
        let future = engine.handle(call.with_notifications(notifications), support);
        Self { words, id, version, future, outbox, accepted, hold }
    }

    pub(super) fn id(&self) -> &RequestId {
        &self.id
    }

    /// The session that the call belongs to: then its client's disconnect is no cancel.
    pub(super) fn session(&self) -> Option<Arc<Session>> {
        self.hold.visit.as_ref().map(|visit| visit.session.clone())
    }

    pub(super) fn engine(&self) -> &Arc<Engine> {
        self.words.engine()
    }

    /// Answers a client whose disconnect cancels the call: the handler lives in this future, and then in a task that ends
    /// with the stream.
    pub(super) async fn respond(mut self) -> Reply {
        match self.turn().await {
            Turn::Answered(answer) => self.whole(&answer),
            Turn::Event => self.streamed(None),
        }
    }

    /// Waits for the answer, or for an event that comes before it.
    pub(super) async fn turn(&mut self) -> Turn {
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
    pub(super) fn whole(self, answer: &Answer) -> Reply {
        let frame = render::answer(&*self.words, self.version, &self.id, answer);
        let mut frames = self.outbox.as_ref().map(Outbox::take).unwrap_or_default();
        let error = answer.as_ref().err();
        let status = error
            .map_or(StatusCode::OK, |error| error.http_status().unwrap_or_else(|| self.words.status(error, false)));
        // A stream says 200. What has another status is no stream, whatever the client would rather have.
        if frames.is_empty() && (self.accepted.json || status != StatusCode::OK) {
            let mut reply = json(status, frame);
            if let Some(headers) = error.and_then(Error::http_headers) {
                reply.headers_mut().extend(headers.clone());
            }
            return reply;
        }
        frames.push(frame);
        events(&frames)
    }

    /// A stream of events that ends with the answer. The handler moves to a task of its own, so that a client that
    /// stops reading does not stop its clock. With `running` the task outlives the stream; without, it ends with it.
    pub(super) fn streamed(self, running: Option<Running>) -> Reply {
        let Self { words, id, version, future, outbox, hold, .. } = self;
        let engine = words.engine().clone();
        let outbox = outbox.unwrap_or_else(|| Outbox::new(&engine.limits));
        let reader = outbox.reader();
        let outlives = running.is_some();
        let end = StreamEnd { slot: Some(ReplySlot::new(outbox.clone(), id, None)), outbox };
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
                answer = future => end.send(|id| render::answer(&*words, version, id, &answer)),
            }
            drop(hold);
        });
        let guard = (!outlives).then(|| AbortOnDrop::from(task));
        stream(EventStream::new(reader, engine.limits.keep_alive, guard))
    }
}

/// Sends the last message of a stream and closes it, or lets the slot answer for itself.
struct StreamEnd {
    slot: Option<ReplySlot>,
    outbox: Outbox,
}

impl StreamEnd {
    fn send(mut self, render: impl FnOnce(&RequestId) -> Bytes) {
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
