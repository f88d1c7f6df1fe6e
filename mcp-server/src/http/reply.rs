//! The shapes of answers: nothing, one JSON object, or a stream of events.

use std::{
    any::Any,
    borrow::Cow,
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use mcp_core::{
    era::codes,
    framing::sse,
    jsonrpc::{RequestId, encode},
};
use tokio::time::{Instant, Sleep};

use super::connection_state::{ConnectionState, probe_delay};
use super::logged::Logged;
use crate::{
    budget::{Budget, COUNTED},
    outbox::Reader,
};

pub(crate) type Reply = Response<ResponseBody>;

/// The body of an answer.
pub struct ResponseBody {
    kind: Kind,
}

enum Kind {
    /// All of it, until it is taken.
    Whole(Bytes),
    Events(Box<EventStream>),
}

/// A stream of events: what the outbox holds, and comments while it holds nothing.
pub(crate) struct EventStream {
    reader: Reader,
    period: Duration,
    quiet: Pin<Box<Sleep>>,
    /// Set for a stream that can be resumed.
    logged: Option<Box<Logged>>,
    /// The connection that the stream is written to, if it is one of our own.
    connection: Option<Arc<ConnectionState>>,
    /// How many comments were written to a client that may be gone.
    probes: u32,
    /// Where events are counted that are handed on to be written.
    budget: Option<Arc<Budget>>,
    /// Dropped with the stream: whatever must not outlive it.
    _guard: Box<dyn Any + Send + Sync>,
}

/// An answer to a request that was not let in. Boxed: it is rare, and the way of the others is short.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Reply>);

impl Refusal {
    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusCode {
        self.0.status()
    }

    pub(crate) fn into_reply(self) -> Reply {
        *self.0
    }
}

impl From<Reply> for Refusal {
    fn from(reply: Reply) -> Self {
        Self(Box::new(reply))
    }
}

impl From<Refusal> for Box<Reply> {
    fn from(refusal: Refusal) -> Self {
        refusal.0
    }
}

/// Refuses a request before its message is known: an error without an id.
#[cold]
pub(crate) fn refuse(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Refusal {
    error(status, None, &message.into()).into()
}

fn error(status: StatusCode, id: Option<&RequestId>, message: &str) -> Reply {
    let mut body = Vec::new();
    let code = if status.is_server_error() { codes::INTERNAL } else { codes::INVALID_REQUEST };
    encode::error(&mut body, id, code, message, None);
    json(status, body.into())
}

/// The server has too much to do, or is stopping.
#[cold]
pub(crate) fn busy(id: Option<&RequestId>) -> Reply {
    let mut reply = error(StatusCode::SERVICE_UNAVAILABLE, id, "the server is busy: try again");
    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

/// Counts an answer until it has been written, if it is large; whether there is room for it. If not, nothing is left of
/// it, and there must be another in its place.
#[must_use]
pub(crate) fn count(reply: &mut Reply, budget: &Arc<Budget>) -> bool {
    match &mut reply.body_mut().kind {
        Kind::Whole(bytes) if bytes.len() < COUNTED => {}
        Kind::Whole(bytes) => {
            let length = bytes.len();
            let Some(admitted) = budget.admit(std::mem::take(bytes)) else {
                tracing::warn!(bytes = length, "an answer is not sent: too much waits for clients that do not read");
                return false;
            };
            *bytes = admitted;
        }
        Kind::Events(stream) => stream.budget = Some(budget.clone()),
    }
    true
}

/// Counts the answer to a request that has changed nothing: if there is no room for it, its client may ask again.
pub(crate) fn count_or_busy(mut reply: Reply, budget: &Arc<Budget>, id: Option<&RequestId>) -> Reply {
    if count(&mut reply, budget) { reply } else { busy(id) }
}

/// The connection is of no use after this answer.
pub(crate) fn closing(mut reply: Reply) -> Reply {
    reply.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    reply
}

/// One JSON object.
pub(crate) fn json(status: StatusCode, body: Bytes) -> Reply {
    with_type(status, "application/json", Kind::Whole(body))
}

/// 202 without a body: a notification or a response was taken (2026-07-28, basic/transports/streamable-http, "Sending
/// Messages to the Server").
pub(crate) fn accepted() -> Reply {
    let mut reply = Response::new(ResponseBody { kind: Kind::Whole(Bytes::new()) });
    *reply.status_mut() = StatusCode::ACCEPTED;
    reply
}

/// Events that are all there already: one body, one write.
pub(crate) fn events(frames: &[Bytes]) -> Reply {
    event_headers(with_type(StatusCode::OK, "text/event-stream", Kind::Whole(render(frames))))
}

/// Events that are still to come.
pub(crate) fn stream(stream: EventStream) -> Reply {
    event_headers(with_type(StatusCode::OK, "text/event-stream", Kind::Events(Box::new(stream))))
}

fn with_type(status: StatusCode, media: &'static str, kind: Kind) -> Reply {
    let mut reply = Response::new(ResponseBody { kind });
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    reply
}

/// Proxies must neither keep nor hold back a stream; `X-Accel-Buffering` is what nginx and others ask for that.
fn event_headers(mut reply: Reply) -> Reply {
    let headers = reply.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    reply
}

fn render(frames: &[Bytes]) -> Bytes {
    let mut out = Vec::with_capacity(frames.iter().map(|frame| frame.len() + 8).sum());
    for frame in frames {
        sse::write_event(&mut out, frame);
    }
    out.into()
}

/// The events that wait, if the reader may know of any.
fn poll_events(reader: &Reader, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
    loop {
        let Some(batch) = std::task::ready!(reader.poll_batch(cx)) else { return Poll::Ready(None) };
        if !batch.frames.is_empty() {
            return Poll::Ready(Some(render(&batch.frames)));
        }
    }
}

impl EventStream {
    /// Streams what the reader gives, with a comment after each `period` of silence. `guard` is dropped with the
    /// stream.
    pub(crate) fn new(reader: Reader, period: Duration, guard: impl Any + Send + Sync) -> Self {
        Self {
            reader,
            period,
            quiet: Box::pin(tokio::time::sleep(period)),
            logged: None,
            connection: None,
            probes: 0,
            budget: None,
            _guard: Box::new(guard),
        }
    }

    /// Keeps what the stream sends, for a client that loses it.
    pub(crate) fn logged(mut self, logged: Option<Logged>) -> Self {
        self.logged = logged.map(Box::new);
        self
    }

    /// Counts what was handed on to be written.
    pub(crate) fn counted(mut self, budget: &Arc<Budget>) -> Self {
        self.budget = Some(budget.clone());
        self
    }

    /// Events that were promised are sent, whatever else waits: they are counted, and never refused.
    fn count(&self, bytes: Bytes) -> Bytes {
        match &self.budget {
            Some(budget) => budget.force(bytes),
            None => bytes,
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let events = match &mut self.logged {
            Some(logged) => logged.poll_events(&self.reader, cx),
            None => poll_events(&self.reader, cx),
        };
        let next = match events {
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(events)) => self.count(events),
            Poll::Pending => {
                let may_be_gone = self.connection.as_deref().is_some_and(ConnectionState::is_half_closed);
                if self.probes > 0 || !may_be_gone {
                    std::task::ready!(self.quiet.as_mut().poll(cx));
                }
                self.probes += u32::from(may_be_gone);
                Bytes::from_static(sse::KEEP_ALIVE)
            }
        };
        let silence = if self.probes == 0 { self.period } else { probe_delay(self.probes).min(self.period) };
        self.quiet.as_mut().reset(Instant::now() + silence);
        Poll::Ready(Some(next))
    }
}

impl ResponseBody {
    /// Lets a stream look after the client that it is written to.
    pub(crate) fn attach(&mut self, connection: &Arc<ConnectionState>) {
        if let Kind::Events(stream) = &mut self.kind {
            connection.probe();
            stream.connection = Some(connection.clone());
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match &mut self.kind {
            Kind::Whole(bytes) if bytes.is_empty() => None,
            Kind::Whole(bytes) => Some(std::mem::take(bytes)),
            Kind::Events(stream) => std::task::ready!(stream.poll_next(cx)),
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.kind, Kind::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Events(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.kind {
            Kind::Whole(_) => "ResponseBody(whole)",
            Kind::Events(_) => "ResponseBody(events)",
        })
    }
}
