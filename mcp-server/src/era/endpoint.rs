//! The HTTP endpoint: lets a request in, reads its message, and carries out what its era makes of it.
//!
//! ```text
//! head ──► admit ──► body ──► decide ──► Step ──► a reply, or a call whose answer is the reply
//! ```

use std::{error::Error as StdError, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header, request::Parts};
use http_body::Body;
use mcp_core::{
    error::Error,
    jsonrpc::{self, Message, Notification, Rejected, RequestId, Response},
};

use super::{
    Chosen, Eras,
    headers::MessageHeaders,
    http_call::{Hold, HttpCall},
    legacy::{Absent, Legacy, NoRoom, Visit},
    modern::Modern,
    names_modern,
    render::{self, Words, early_error},
    step::{Refused, Step},
};
use crate::http::{
    Accepted, Access, Refusal, Reply, Single, accepted, busy, check_framing, counted, events, is_json, json,
    leave_body, read_body, refuse,
};

/// What becomes of a message.
enum Decided {
    /// It is answered already.
    Answered(Reply),
    /// Its handler runs.
    Running(HttpCall),
}

/// Answers one HTTP request to the endpoint.
pub(crate) async fn respond<B>(eras: &Arc<Eras>, access: &Access, request: Request<B>) -> Reply
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let accepts = match admit(eras, access, &parts).await {
        Ok(Admitted::Post(accepts)) => accepts,
        Ok(Admitted::Answered(reply)) => return counted(leave_body(&parts, body, reply).await, &eras.engine.held),
        Err(refusal) => return leave_body(&parts, body, refusal.into_reply()).await,
    };
    let engine = &eras.engine;
    let decided = match read_body(body, &engine.limits, &engine.held).await {
        Ok(frame) => decide(eras, parts, &frame, accepts).await,
        Err(refusal) => Err(refusal),
    };
    let reply = match decided {
        Ok(Decided::Answered(reply)) => reply,
        Ok(Decided::Running(call)) => match call.session() {
            None => call.respond().await,
            Some(session) => call.respond_detachable(&session.inflight).await,
        },
        Err(refusal) => refusal.into_reply(),
    };
    counted(reply, &engine.held)
}

/// What the head of a request leads to.
enum Admitted {
    /// A message follows, and this is how it may be answered.
    Post(Accepted),
    Answered(Reply),
}

async fn admit(eras: &Eras, access: &Access, parts: &Parts) -> Result<Admitted, Refusal> {
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
    access.check_found(parts, host, origin)?;
    check_framing(transfer_encoding)?;
    if parts.method == Method::POST {
        let accepts = Accepted::of(headers, accept);
        admit_post(eras, is_json(content_type, content_encoding), accepts)?;
        return Ok(Admitted::Post(accepts));
    }
    // Only sessions have streams to open and an end.
    let Some(legacy) = eras.sessions() else { return Err(not_allowed("POST")) };
    let named = MessageHeaders::of(headers);
    named.check_once().map_err(|error| bad_request(None, &error))?;
    let reply = match parts.method {
        Method::GET | Method::DELETE if names_modern(named.version_text()) => return Err(not_allowed("POST")),
        Method::GET => legacy.open_stream(&named, headers).await.and_then(Ok),
        Method::DELETE => legacy.end_session(&named).await.map(Ok),
        _ => return Err(not_allowed("POST, GET, DELETE")),
    };
    reply.unwrap_or_else(|absent| Err(no_session(&absent).into())).map(Admitted::Answered)
}

fn admit_post(eras: &Eras, is_json: bool, accepts: Accepted) -> Result<(), Refusal> {
    if eras.engine.lifecycle.stopping().is_raised() || eras.engine.held.is_exhausted() {
        return Err(busy(None).into());
    }
    if !is_json {
        let text = "the body must be application/json in UTF-8, not compressed";
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    if !accepts.json && !accepts.events {
        let text = "the client must accept application/json or text/event-stream";
        return Err(refuse(StatusCode::NOT_ACCEPTABLE, text));
    }
    Ok(())
}

/// Finds the era of a message, and what it makes of it. May have to ask elsewhere for its session.
async fn decide(eras: &Eras, parts: Parts, frame: &Bytes, accepts: Accepted) -> Result<Decided, Refusal> {
    let message = jsonrpc::decode(frame, &eras.engine.limits.json());
    MessageHeaders::of(&parts.headers).check_once().map_err(|error| match &message {
        Ok(Message::Request(request)) => bad_request(Some(&request.id), &error),
        _ => bad_request(None, &error),
    })?;
    let reply = match message {
        Ok(Message::Request(request)) => {
            let version = MessageHeaders::of(&parts.headers).version_text();
            return match eras.of_post(&request.params, version) {
                Some(Chosen::Modern(modern)) => Ok(modern_request(modern, parts, request, accepts)),
                Some(Chosen::Legacy(legacy)) => Ok(legacy_request(legacy, parts, request, accepts).await),
                None => Err(no_era()),
            };
        }
        Ok(Message::Notification(notification)) => {
            let headers = MessageHeaders::of(&parts.headers);
            match eras.of_post(&notification.params, headers.version_text()) {
                Some(Chosen::Legacy(legacy)) => notified(legacy, &headers, &notification).await,
                // This era has no notification from clients over HTTP; one is taken and means nothing.
                Some(Chosen::Modern(_)) | None => accepted(),
            }
        }
        Ok(Message::Response(response)) => {
            let headers = MessageHeaders::of(&parts.headers);
            match &eras.legacy {
                Some(legacy) if !names_modern(headers.version_text()) => responded(legacy, &headers, response).await,
                _ => {
                    let text = "in this revision clients send no responses: answers go with a retried request";
                    json(StatusCode::BAD_REQUEST, early_error(None, &Error::invalid_request(text)))
                }
            }
        }
        Err(Rejected::Answer { id, error }) => json(StatusCode::BAD_REQUEST, early_error(id.as_ref(), &error)),
        Err(Rejected::Ignore { reason } | Rejected::Response { reason, .. }) => {
            json(StatusCode::BAD_REQUEST, early_error(None, &Error::invalid_request(reason)))
        }
    };
    Ok(Decided::Answered(reply))
}

fn modern_request(modern: &Arc<Modern>, parts: Parts, request: jsonrpc::Request, accepts: Accepted) -> Decided {
    let id = request.id.clone();
    let engine = &modern.engine;
    Decided::Answered(match modern.on_post(request, parts) {
        Ok(Step::Run(run)) => {
            let Some(permit) = engine.calls.take() else { return Decided::Answered(busy(Some(&id))) };
            let hold = Hold { _permits: (permit, None), visit: None };
            return Decided::Running(HttpCall::new(modern.clone(), run, accepts, hold));
        }
        Ok(Step::Answer(frame) | Step::Open(_, frame)) => whole(accepts, frame),
        Ok(Step::Listen(_)) if !accepts.events => {
            let error = Error::invalid_request("listening needs a client that accepts text/event-stream");
            json(StatusCode::NOT_ACCEPTABLE, render::error(&**modern, &id, &error))
        }
        Ok(Step::Listen(listen)) => match engine.streams.take() {
            Some(permit) => {
                modern.open_stream(*listen, permit).unwrap_or_else(|error| refused(&**modern, &id, &error.into()))
            }
            None => busy(Some(&id)),
        },
        Err(refusal) => refused(&**modern, &id, &refusal),
    })
}

async fn legacy_request(legacy: &Arc<Legacy>, parts: Parts, request: jsonrpc::Request, accepts: Accepted) -> Decided {
    let headers = MessageHeaders::of(&parts.headers);
    let id = request.id.clone();
    if request.method == "initialize" {
        return Decided::Answered(match legacy.initialize(&headers, &request) {
            Ok(Ok(step)) => opened(legacy, step, &id, accepts),
            Ok(Err(refusal)) => refused(&**legacy, &id, &refusal),
            Err(absent) => json(absent.status, render::error(&**legacy, &id, &absent.error)),
        });
    }
    let visit = match legacy.enter(&headers).await {
        Ok(visit) => visit,
        Err(absent) => return Decided::Answered(json(absent.status, render::error(&**legacy, &id, &absent.error))),
    };
    let metadata = |params| mcp_core::call::CallMetadata::new(params).with_http(parts.headers, parts.extensions);
    Decided::Answered(match legacy.in_session(&visit.session, request, metadata) {
        Ok(Step::Run(run)) => {
            let Some(hold) = hold(legacy, visit) else { return Decided::Answered(busy(Some(&id))) };
            return Decided::Running(HttpCall::new(legacy.clone(), run, accepts, hold));
        }
        Ok(Step::Answer(frame) | Step::Open(_, frame)) => whole(accepts, frame),
        Ok(Step::Listen(_)) => refused(&**legacy, &id, &Error::method_not_found("subscriptions/listen").into()),
        Err(refusal) => {
            let frame = render::error(&**legacy, &id, &refusal.error);
            match legacy.status(&refusal.error, refusal.is_early) {
                StatusCode::OK => whole(accepts, frame),
                status => json(status, frame),
            }
        }
    })
}

/// The permits of one more call of a session, if there are any.
fn hold(legacy: &Legacy, visit: Visit) -> Option<Hold> {
    let of_session = match visit.calls() {
        Some(calls) => Some(calls.take()?),
        None => None,
    };
    Some(Hold { _permits: (legacy.engine.calls.take()?, of_session), visit: Some(visit) })
}

/// Answers a handshake, and opens the session that it leads to.
fn opened(legacy: &Arc<Legacy>, step: Step, id: &RequestId, accepts: Accepted) -> Reply {
    let (caller, frame) = match step {
        Step::Open(caller, frame) => (caller, frame),
        Step::Answer(frame) => return whole(accepts, frame),
        Step::Run(_) | Step::Listen(_) => {
            return refused(&**legacy, id, &Error::invalid_request("send `initialize` first").into());
        }
    };
    let mut reply = whole(accepts, frame);
    match legacy.open(caller, &mut reply) {
        Ok(()) => reply,
        Err(NoRoom::Full) => busy(Some(id)),
        Err(NoRoom::Failed(error)) => json(StatusCode::INTERNAL_SERVER_ERROR, render::error(&**legacy, id, &error)),
    }
}

/// Takes a notification: 202 without a body.
async fn notified(legacy: &Legacy, headers: &MessageHeaders<'_>, notification: &Notification) -> Reply {
    match legacy.enter(headers).await {
        Ok(visit) => {
            legacy.notified(&visit.session, notification);
            accepted()
        }
        Err(absent) => no_session(&absent),
    }
}

/// Takes a response: 202 without a body, also for one that nobody waits for any more. Outside of a session it is a
/// mistake.
async fn responded(legacy: &Legacy, headers: &MessageHeaders<'_>, response: Response) -> Reply {
    match legacy.enter(headers).await {
        Ok(visit) => {
            visit.session.answered(response);
            accepted()
        }
        Err(absent) => no_session(&absent),
    }
}

fn bad_request(id: Option<&RequestId>, error: &Error) -> Refusal {
    json(StatusCode::BAD_REQUEST, early_error(id, error)).into()
}

/// For what is no request, and has no id to answer to.
fn no_session(Absent { status, error }: &Absent) -> Reply {
    json(*status, early_error(None, error))
}

fn refused(words: &dyn Words, id: &RequestId, Refused { error, is_early }: &Refused) -> Reply {
    json(words.status(error, *is_early), render::error(words, id, error))
}

/// One message as the whole answer, in a form that the client takes.
fn whole(accepted: Accepted, frame: Bytes) -> Reply {
    if accepted.json { json(StatusCode::OK, frame) } else { events(&[frame]) }
}

fn no_era() -> Refusal {
    refuse(StatusCode::INTERNAL_SERVER_ERROR, "this server serves no revision of the protocol")
}

fn not_allowed(allowed: &'static str) -> Refusal {
    let text = format!("this endpoint does not serve that HTTP method here, only {allowed}");
    let mut reply = refuse(StatusCode::METHOD_NOT_ALLOWED, text).into_reply();
    reply.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    reply.into()
}
