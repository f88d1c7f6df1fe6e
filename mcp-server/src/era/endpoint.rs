//! The HTTP endpoint: lets a request in, reads its message, and carries out what its era makes of it.
//!
//! ```text
//! head ──► admit ──► body ──► decide ──► Step ──► a reply, or a call whose answer is the reply
//! ```
//!
//! What is awaited is the body, a session, and the handler. All that stands between them is plain functions, one after
//! the other and none inside the other: the future of a request is made and moved for each, and its stack is touched
//! anew.

use std::{
    convert::Infallible,
    error::Error as StdError,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header, request::Parts};
use http_body::Body;
use mcp_core::{
    call::{CallMetadata, HttpHead, Principal},
    era,
    error::Error,
    jsonrpc::{self, Message, Notification, RequestId},
};

use super::{
    Chosen, Eras, detached,
    headers::MessageHeaders,
    http_call::{Hold, HttpCall},
    legacy::{Absent, Legacy, NoRoom, Visit},
    modern::{Modern, check_notification},
    names_modern,
    refusing::{
        bad_request, full, no_era, no_json, no_responses, no_session, not_allowed, not_in_session, refused,
        refused_in_session, reject, repeated_version, too_many_calls, too_many_of_session, unread,
    },
    render,
    step::{Listen, Refused, Step},
    told::tell_refused,
};
use crate::{
    budget::Budget,
    engine::Engine,
    http::{
        Accepted, Access, Later, Refusal, Reply, Single, accepted, busy, check_framing, count, count_or_busy, is_json,
        json, leave, leave_body, not_acceptable, read_body, whole,
    },
    logging::Transport,
    refusal_log::RefusalKind,
};

/// A message for which there is more to do than to answer, and the era that serves it.
struct Seen<'a> {
    chosen: Chosen<'a>,
    head: Box<HttpHead>,
    message: Message,
}

/// Where a message is served.
enum Place<'a> {
    /// It is complete in itself.
    Alone(&'a Arc<Modern>),
    /// In its session, if there is one.
    Session(&'a Arc<Legacy>, Result<Visit, Absent>),
}

/// An answer as hyper wants it: there always is one.
pub(crate) type Answered = Result<Reply, Infallible>;

pin_project_lite::pin_project! {
    /// The answer to an HTTP request, as a future. `F` answers a message that was let in; whatever else comes is rare,
    /// and boxed.
    #[project = OnItsWay]
    pub(crate) enum Responding<F> {
        Message { #[pin] answer: F },
        Other { answer: Later },
    }
}

impl<F: Future<Output = Answered>> Future for Responding<F> {
    type Output = Answered;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answered> {
        match self.project() {
            OnItsWay::Message { answer } => answer.poll(cx),
            OnItsWay::Other { answer } => answer.as_mut().poll(cx).map(Ok),
        }
    }
}

/// Answers one HTTP request to the endpoint.
pub(crate) fn respond<B>(
    eras: &Arc<Eras>,
    access: &Access,
    request: Request<B>,
) -> Responding<impl Future<Output = Answered> + Send + use<B>>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    match admit(eras, access, &parts) {
        Ok(Admitted::Post(accepts)) => {
            let head = Box::new(HttpHead { headers: parts.headers, extensions: parts.extensions });
            Responding::Message { answer: respond_to_message(eras.clone(), head, body, accepts) }
        }
        Ok(Admitted::OfStream(legacy)) => {
            Responding::Other { answer: respond_beside(legacy.clone(), eras.engine.held.clone(), parts, body) }
        }
        Err(refusal) => Responding::Other { answer: leave(parts, body, refusal) },
    }
}

/// Opens or ends the stream of a session. Out of the way of messages, as the next.
#[inline(never)]
fn respond_beside<B>(legacy: Arc<Legacy>, held: Arc<Budget>, parts: Parts, body: B) -> Later
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    Box::pin(async move {
        let reply = respond_of_stream(&legacy, &parts).await.unwrap_or_else(Refusal::into_reply);
        let reply = count_or_busy(reply, &held, None);
        leave_body(&parts, body, reply).await
    })
}

/// Answers a message that was let in.
#[expect(clippy::manual_async_fn, reason = "an `async fn` has room for its arguments twice")]
fn respond_to_message<B: Body>(
    eras: Arc<Eras>,
    head: Box<HttpHead>,
    body: B,
    accepts: Accepted,
) -> impl Future<Output = Answered> + use<B> {
    async move {
        let read = {
            let body = pin!(body);
            read_body(body, &eras.engine.limits, &eras.engine.held).await
        };
        let seen = match look(&eras, head, read, accepts) {
            Ok(seen) => seen,
            Err(reply) => return Ok(*reply),
        };
        let place = match seen.chosen {
            Chosen::Modern(modern) => Place::Alone(modern),
            Chosen::Legacy(legacy) => {
                let visit = legacy.enter(&seen.head.headers, seen.head.extensions.get()).await;
                Place::Session(legacy, visit)
            }
        };
        Ok(serve(place, seen, accepts).await)
    }
}

/// Decides what becomes of a message, and begins it.
#[inline(never)]
fn serve(place: Place<'_>, seen: Seen<'_>, accepts: Accepted) -> detached::Attended {
    let Seen { head, message, .. } = seen;
    match (place, message) {
        (Place::Alone(modern), Message::Request(request)) => modern_request(modern, head, request, accepts),
        (Place::Session(legacy, Ok(visit)), Message::Request(request)) => {
            session_request(legacy, visit, head, request, accepts)
        }
        (Place::Alone(modern), Message::Notification(notification)) => {
            notified_alone(&modern.engine, &head.headers, &notification).into()
        }
        (Place::Alone(_), Message::Response(_)) => Box::<Reply>::from(no_responses()).into(),
        (Place::Session(legacy, Ok(visit)), Message::Notification(notification)) => {
            take(|| legacy.notified(&visit.session, &notification)).into()
        }
        // Also one that nobody waits for any more.
        (Place::Session(_, Ok(visit)), Message::Response(response)) => take(|| visit.session.answered(response)).into(),
        (Place::Session(legacy, Err(absent)), Message::Request(request)) => {
            not_in_session(legacy, &request, &absent).into()
        }
        (Place::Session(legacy, Err(absent)), Message::Notification(_) | Message::Response(_)) => {
            Box::new(no_session(&legacy.engine, &absent)).into()
        }
    }
}

/// Takes what has no answer. Out of the way of calls, as all that follows.
#[inline(never)]
fn take(message: impl FnOnce()) -> Box<Reply> {
    message();
    Box::new(accepted())
}

/// The newer era has no notification from clients over HTTP; one is taken and means nothing.
#[cold]
fn notified_alone(engine: &Engine, headers: &HeaderMap, notification: &Notification) -> Box<Reply> {
    match check_notification(headers, notification) {
        Ok(()) => Box::new(accepted()),
        Err(error) => {
            tell_refused(engine, None, Transport::Http, &error);
            bad_request(None, &error).into()
        }
    }
}

/// What the head of a request leads to.
enum Admitted<'a> {
    /// A message follows, and this is how it may be answered.
    Post(Accepted),
    /// The stream of a session opens or ends, with the session.
    OfStream(&'a Arc<Legacy>),
}

#[inline(never)]
fn admit<'a>(eras: &'a Eras, access: &Access, parts: &Parts) -> Result<Admitted<'a>, Refusal> {
    let headers = &parts.headers;
    let [host, origin, content_type, content_encoding, accept, transfer_encoding] = Single::find(
        headers,
        [
            &header::HOST,
            &header::ORIGIN,
            &header::CONTENT_TYPE,
            &header::CONTENT_ENCODING,
            &header::ACCEPT,
            &header::TRANSFER_ENCODING,
        ],
    );
    let refusals = &eras.engine.refusals;
    access.check_found(parts, host, origin, refusals)?;
    check_framing(transfer_encoding)?;
    if parts.method == Method::POST {
        let accepts = Accepted::of(headers, accept);
        if !is_json(content_type, content_encoding) {
            return Err(no_json(refusals, content_type, content_encoding));
        }
        if !accepts.json && !accepts.events {
            return Err(not_acceptable(refusals, headers, "application/json or text/event-stream"));
        }
        return Ok(Admitted::Post(accepts));
    }
    // Only sessions have streams to open and an end.
    eras.sessions().map(Admitted::OfStream).ok_or_else(|| not_allowed("POST"))
}

async fn respond_of_stream(legacy: &Arc<Legacy>, parts: &Parts) -> Result<Reply, Refusal> {
    let named = MessageHeaders::of(&parts.headers);
    named.check_once().map_err(|error| {
        tell_refused(&legacy.engine, None, Transport::Http, &error);
        bad_request(None, &error)
    })?;
    let reply = match parts.method {
        Method::GET | Method::DELETE if names_modern(named.version_text()) => return Err(not_allowed("POST")),
        Method::GET => legacy.open_stream(&named, parts).await,
        Method::DELETE => legacy.end_session(&named, parts).await.map(Ok),
        _ => return Err(not_allowed("POST, GET, DELETE")),
    };
    reply.unwrap_or_else(|absent| Ok(no_session(&legacy.engine, &absent)))
}

/// Reads a message and finds its era. An error is the answer, where that is all there is to do.
#[inline(never)]
fn look<'a>(
    eras: &'a Eras,
    head: Box<HttpHead>,
    read: Result<Bytes, Refusal>,
    accepts: Accepted,
) -> Result<Seen<'a>, Box<Reply>> {
    let frame = match read {
        Ok(frame) => frame,
        Err(refusal) => return Err(unread(&eras.engine, refusal)),
    };
    let message = jsonrpc::decode(&frame, &eras.engine.limits.json());
    let headers = MessageHeaders::of(&head.headers);
    if let Err(error) = headers.check_once() {
        return Err(repeated_version(&eras.engine, &message, &error).into());
    }
    let message = match message {
        Ok(message) => message,
        Err(rejected) => return Err(reject(&rejected).into()),
    };
    let version = || headers.version_text();
    let chosen = match &message {
        Message::Request(jsonrpc::Request { params, .. }) | Message::Notification(Notification { params, .. }) => {
            eras.of_post(params, version)
        }
        Message::Response(_) => eras.legacy.as_ref().filter(|_| !names_modern(version())).map(Chosen::Legacy),
    };
    match (chosen, &message) {
        // Answers and cancels are for calls that run, and taken to the end.
        (_, Message::Request(request)) if eras.engine.lifecycle.stopping().is_raised() => {
            Err(busy(Some(&request.id)).into())
        }
        (Some(Chosen::Legacy(legacy)), Message::Request(request))
            if request.method == era::Method::Initialize.name() =>
        {
            Err(initialize(legacy, &headers, head.extensions.get(), request, accepts).into())
        }
        (Some(chosen), _) => Ok(Seen { chosen, head, message }),
        (None, Message::Request(_)) => Err(no_era().into()),
        (None, Message::Notification(_)) => Err(accepted().into()),
        (None, Message::Response(_)) => Err(no_responses().into()),
    }
}

/// Begins a request that is complete in itself. First it is decided what it leads to, and then that is begun: what a call
/// needs on its way to its handler stands on the stack where what was needed to decide has stood. Whatever is no call is
/// answered out of line, so that it has no room here.
#[inline(never)]
fn modern_request(
    modern: &Arc<Modern>,
    head: Box<HttpHead>,
    request: jsonrpc::Request,
    accepts: Accepted,
) -> detached::Attended {
    let id = request.id.clone();
    let held = &modern.engine.held;
    match modern.on_post(request, head) {
        Ok(Step::Run(run)) => match modern.engine.calls.take() {
            Some(permit) => {
                let hold = Hold { _permits: (permit, None), visit: None };
                HttpCall::new(modern.clone(), run, accepts, hold).respond()
            }
            None => at_once(held, &id, || too_many_calls(&modern.engine, &id)),
        },
        Ok(Step::Answer(frame) | Step::Open(_, frame)) => at_once(held, &id, || whole(accepts, frame)),
        Ok(Step::Listen(listen)) => at_once(held, &id, || open_stream(modern, &id, *listen, accepts)),
        Err(refusal) => at_once(held, &id, || refused(&**modern, &id, &refusal)),
    }
}

/// Answers without a call.
#[inline(never)]
fn at_once(held: &Arc<Budget>, id: &RequestId, reply: impl FnOnce() -> Reply) -> detached::Attended {
    Box::new(count_or_busy(reply(), held, Some(id))).into()
}

fn open_stream(modern: &Arc<Modern>, id: &RequestId, listen: Listen, accepts: Accepted) -> Reply {
    let version = listen.caller.version();
    if !accepts.events {
        let headers = listen.metadata.headers();
        drop(not_acceptable(&modern.engine.refusals, headers, "text/event-stream"));
        let error = Error::invalid_request("listening needs a client that accepts text/event-stream");
        let refused = Refused::from(error).to(version);
        return json(StatusCode::NOT_ACCEPTABLE, render::refusal(&**modern, id, &refused));
    }
    let Some(permit) = modern.engine.streams.take() else {
        let max = modern.engine.limits.streams;
        return full(&modern.engine, RefusalKind::Streams, "a stream", "streams", max, id);
    };
    let opened = modern.open_stream(listen, permit);
    opened.unwrap_or_else(|error| refused(&**modern, id, &Refused::from(error).to(version)))
}

/// Begins a request of a session, as [`modern_request`] begins one without.
#[inline(never)]
fn session_request(
    legacy: &Arc<Legacy>,
    visit: Visit,
    head: Box<HttpHead>,
    request: jsonrpc::Request,
    accepts: Accepted,
) -> detached::Attended {
    let id = request.id.clone();
    let held = &legacy.engine.held;
    let metadata = |params| CallMetadata::new(params).with_http(head);
    match legacy.in_session(&visit.session, request, metadata) {
        Ok(Step::Run(run)) => match hold(legacy, visit, &id) {
            Ok(hold) => HttpCall::new(legacy.clone(), run, accepts, hold).respond(),
            Err(busy) => at_once(held, &id, || *busy),
        },
        Ok(Step::Answer(frame) | Step::Open(_, frame)) => at_once(held, &id, || whole(accepts, frame)),
        Ok(Step::Listen(_)) => {
            at_once(held, &id, || refused(&**legacy, &id, &Error::method_not_found(era::Method::Listen.name()).into()))
        }
        Err(refusal) => at_once(held, &id, || refused_in_session(legacy, &id, &refusal, accepts)),
    }
}

/// The permits of one more call of a session.
///
/// # Errors
///
/// If there are none: the answer.
fn hold(legacy: &Legacy, visit: Visit, id: &RequestId) -> Result<Hold, Box<Reply>> {
    let engine = &legacy.engine;
    let of_session = match visit.calls() {
        Some(calls) => Some(calls.take().ok_or_else(|| too_many_of_session(engine, id))?),
        None => None,
    };
    let permit = engine.calls.take().ok_or_else(|| Box::new(too_many_calls(engine, id)))?;
    Ok(Hold { _permits: (permit, of_session), visit: Some(visit) })
}

/// Answers a handshake.
#[inline(never)]
fn initialize(
    legacy: &Arc<Legacy>,
    headers: &MessageHeaders<'_>,
    principal: Option<&Principal>,
    request: &jsonrpc::Request,
    accepts: Accepted,
) -> Reply {
    match legacy.initialize(headers, principal, request) {
        Ok(Ok(step)) => opened(legacy, step, &request.id, accepts),
        Ok(Err(refusal)) => {
            tell_refused(&legacy.engine, Some(request), Transport::Http, &refusal.error);
            refused(&**legacy, &request.id, &refusal)
        }
        Err(absent) => *not_in_session(legacy, request, &absent),
    }
}

/// Opens the session that a handshake leads to.
fn opened(legacy: &Arc<Legacy>, step: Step, id: &RequestId, accepts: Accepted) -> Reply {
    let (caller, frame) = match step {
        Step::Open(caller, frame) => (caller, frame),
        Step::Answer(frame) => return count_or_busy(whole(accepts, frame), &legacy.engine.held, Some(id)),
        Step::Run(_) | Step::Listen(_) => {
            return refused(&**legacy, id, &Error::invalid_request("send `initialize` first").into());
        }
    };
    let mut reply = whole(accepts, frame);
    // Before there is a session that nobody has heard of.
    if !count(&mut reply, &legacy.engine.held) {
        return busy(Some(id));
    }
    match legacy.open(caller, &mut reply) {
        Ok(()) => reply,
        Err(NoRoom::Full) => busy(Some(id)),
        Err(NoRoom::Failed(error)) => json(StatusCode::INTERNAL_SERVER_ERROR, render::error(&**legacy, id, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_future<A, B, C, D, F: Future>(_: fn(A, B, C, D) -> F) -> usize {
        size_of::<F>()
    }

    /// It is made, moved and dropped for every request, and touched whole.
    #[test]
    fn the_future_of_a_request_is_small() {
        let request = size_of_future(respond_to_message::<hyper::body::Incoming>);
        let call = size_of::<HttpCall>();
        assert!(call <= 200 && request <= 264, "{call} and {request} bytes");
    }
}
