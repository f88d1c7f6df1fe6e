//! One call over HTTP: polled inside the connection's own future, answered as JSON, and turned into a stream of
//! events only when there is an event.
//!
//! ```text
//! polled ──► answered ──► JSON, or all its events at once
//!    └─────► an event ──► a task of its own ──► a stream that ends with the answer
//! ```
//!
//! What becomes of it when its client leaves stands in [`detached`](super::detached), and for a call that has become a
//! stream here: the task of a call without a session ends with its stream, any other goes on.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use mcp_core::{
    call::{Call, CallNotifications, Outcome},
    error::Error,
    jsonrpc::RequestId,
    model::ProgressToken,
    version::ProtocolVersion,
};

use super::{
    inflight::Running,
    legacy::{SessionLink, Visit},
    render::{self, Words},
    sink::{EventSink, StreamWriter},
    step::Run,
};
use crate::{
    budget::ANSWER_NOT_SENT,
    context::ClientLink,
    engine::{Engine, Support},
    http::{Accepted, EventStream, Reply, count, events, json, stream},
    lifecycle::AbortOnDrop,
    logging::{Arrival, Transport},
    outbox::{Outbox, ReplySlot},
    permits::Permit,
    router::RunningCall,
};

/// A call that is running, and everything its answer needs. Dropping it drops the handler.
pub(super) struct HttpCall {
    words: Arc<dyn Words>,
    id: RequestId,
    version: ProtocolVersion,
    pub(super) running: RunningCall,
    stream: CallStream,
    accepted: Accepted,
    pub(super) hold: Hold,
}

/// Where the events of a call go that it has before its answer.
enum CallStream {
    /// It can have none.
    None,
    To(Outbox),
    /// With the questions to its client; without other events, its stream is made for the first question.
    WithQuestions(Arc<SessionLink>),
}

/// What a call holds for as long as it runs, whoever waits for it.
pub(super) struct Hold {
    /// Its permits among the calls that may run: of the process, and of its session.
    pub(super) _permits: (Permit, Option<Permit>),
    /// Keeps its session from being idle.
    pub(super) visit: Option<Visit>,
}

pub(super) type Answer = Result<Outcome, Error>;

impl HttpCall {
    /// Routes the call, and gives it a stream if it can have any: its caller takes events, and wants progress or log
    /// messages, or can be asked.
    #[inline(never)]
    pub(super) fn new(words: Arc<dyn Words>, mut run: Run, accepted: Accepted, hold: Hold) -> Self {
        let engine = words.engine();
        let version = run.call.caller.version();
        let progress_token = run.progress_token.filter(|_| accepted.events);
        let has_events = progress_token.is_some() || (accepted.events && engine.logs_to(&run.call.caller));
        let outbox = if has_events { Some(with_events(engine, &mut run.call, progress_token)) } else { None };
        let (link, client) = match &hold.visit {
            Some(visit) => linked(engine, visit, accepted, outbox.as_ref()),
            None => (None, None),
        };
        let support = Support { late_check: run.late_check, client, ..Support::default() };
        let arrival = Arrival { id: Some(&run.id), transport: Transport::Http };
        let running = engine.handle(run.call, support, arrival);
        let stream = match (outbox, link) {
            (_, Some(link)) => CallStream::WithQuestions(link),
            (Some(outbox), None) => CallStream::To(outbox),
            (None, None) => CallStream::None,
        };
        Self { words, id: run.id, version, running, stream, accepted, hold }
    }

    pub(super) fn id(&self) -> &RequestId {
        &self.id
    }

    pub(super) fn engine(&self) -> &Arc<Engine> {
        self.words.engine()
    }

    /// Nobody reads its stream any more, and nobody will.
    pub(super) fn lose_client(&self) {
        if let CallStream::WithQuestions(link) = &self.stream {
            link.lose_client();
        }
    }

    /// Ready while there is an event to send before the answer.
    pub(super) fn poll_event(&self, cx: &mut Context<'_>) -> Poll<()> {
        match &self.stream {
            CallStream::None => Poll::Pending,
            CallStream::To(outbox) => outbox.poll_waiting(cx),
            CallStream::WithQuestions(link) => link.outbox().poll_waiting(cx),
        }
    }

    /// The whole answer at once: one body, one write.
    #[inline(never)]
    pub(super) fn whole(&self, answer: &Answer) -> Reply {
        let outbox = match &self.stream {
            CallStream::None => None,
            CallStream::To(outbox) => Some(outbox),
            CallStream::WithQuestions(link) => link.made_outbox(),
        };
        let mut reply = self.render(outbox.map(Outbox::take).unwrap_or_default(), answer);
        if !count(&mut reply, &self.engine().held) {
            // Nor is there room for the events before it.
            reply = self.render(Vec::new(), &Err(Error::internal(ANSWER_NOT_SENT)));
        }
        reply
    }

    /// The answer, behind the events that there were before it.
    fn render(&self, mut frames: Vec<Bytes>, answer: &Answer) -> Reply {
        let frame = render::answer(&*self.words, self.version, &self.id, answer);
        let error = answer.as_ref().err();
        let status = error
            .map_or(StatusCode::OK, |error| error.http_status().unwrap_or_else(|| self.words.status(error, false)));
        // A stream says 200. What has another status is no stream, whatever the client would rather have.
        if frames.is_empty() && (self.accepted.json || status != StatusCode::OK) {
            return match error.and_then(Error::http_headers) {
                Some(headers) => with_headers(json(status, frame), headers),
                None => json(status, frame),
            };
        }
        frames.push(frame);
        events(&frames)
    }

    /// A stream of events that ends with the answer. The handler moves to a task of its own, so that a client that
    /// stops reading does not stop its clock. With `cancelling` the task outlives the stream; without, it ends with it.
    pub(super) fn streamed(self, cancelling: Option<Running>) -> Reply {
        let Self { words, id, version, running, stream: events, hold, .. } = self;
        let engine = words.engine().clone();
        let (outbox, link) = match events {
            CallStream::None => (engine.outbox(), None),
            CallStream::To(outbox) => (outbox, None),
            CallStream::WithQuestions(link) => (link.outbox().clone(), Some(LostOnDrop(link))),
        };
        let reader = outbox.reader();
        let outlives = cancelling.is_some();
        let end = StreamEnd { slot: Some(ReplySlot::new(outbox.clone(), id, None)), outbox };
        let task = engine.lifecycle.spawn(async move {
            let cancelled = async {
                match &cancelling {
                    Some(cancelling) => cancelling.cancelled().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = cancelled => end.withdraw(),
                answer = running => end.send(|id| render::answer(&*words, version, id, &answer)),
            }
            drop(hold);
        });
        let guard = (!outlives).then(|| AbortOnDrop::from(task));
        stream(EventStream::new(reader, engine.limits.keep_alive, (guard, link)).counted(&engine.held))
    }
}

/// Gives a call the stream that its events go to. Out of line, because most calls have none.
#[inline(never)]
fn with_events(engine: &Engine, call: &mut Call, progress_token: Option<ProgressToken>) -> Outbox {
    let outbox = engine.outbox();
    let writer = StreamWriter { version: call.caller.version(), sight: None };
    let sink = Arc::new(EventSink::new(outbox.clone(), writer));
    call.notifications = Some(CallNotifications { progress_token, sink });
    outbox
}

/// The line back to the client of a session, if it can be asked, and that to the stream of this call, if it can be asked
/// there. Out of line, because most calls have no session.
#[inline(never)]
fn linked(
    engine: &Arc<Engine>,
    visit: &Visit,
    accepted: Accepted,
    outbox: Option<&Outbox>,
) -> (Option<Arc<SessionLink>>, Option<Arc<dyn ClientLink>>) {
    let Some(calls) = visit.calls() else { return (None, None) };
    let permits = [Some(calls.clone()), Some(engine.calls.clone())];
    if accepted.events {
        let link = SessionLink::new(engine, &visit.session, outbox.cloned(), permits);
        (Some(link.clone()), Some(link))
    } else {
        (None, Some(SessionLink::of_session(engine, &visit.session, permits)))
    }
}

#[cold]
fn with_headers(mut reply: Reply, headers: &HeaderMap) -> Reply {
    reply.headers_mut().extend(headers.clone());
    reply
}

/// Held by the stream of a call: when it goes, its client cannot be asked any more.
struct LostOnDrop(Arc<SessionLink>);

impl Drop for LostOnDrop {
    fn drop(&mut self) {
        self.0.lose_client();
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
