//! How the endpoint refuses a request: what the client gets, and what whoever runs the server is told.

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header};
use mcp_core::{
    error::{Error, shown},
    jsonrpc::{self, Message, Rejected, RequestId},
};

use super::{
    legacy::{Absent, Legacy},
    render::{self, Words, early_error},
    step::Refused,
    told::tell_refused,
};
use crate::{
    engine::Engine,
    http::{Accepted, Refusal, Reply, Single, busy, json, refuse, whole},
    logging::Transport,
    refusal_log::{RefusalKind, RefusalLog},
};

#[cold]
pub(super) fn not_in_session(legacy: &Arc<Legacy>, request: &jsonrpc::Request, absent: &Absent) -> Box<Reply> {
    absent.tell(&legacy.engine, Some(request));
    Box::new(json(absent.status, render::error(&**legacy, &request.id, &absent.error)))
}

#[cold]
pub(super) fn no_json(refusals: &RefusalLog, content_type: Single<'_>, content_encoding: Single<'_>) -> Refusal {
    let told = |found: Single<'_>| match found {
        Single::Absent => "none".to_owned(),
        Single::Once(value) => format!("\"{}\"", shown(&String::from_utf8_lossy(value.as_bytes()))),
        Single::Repeated => "more than one".to_owned(),
    };
    let (content_type, coding) = (told(content_type), told(content_encoding));
    let what = format_args!(
        "a request is refused: its Content-Type is {content_type} and its Content-Encoding {coding}; have the client send \
         application/json in UTF-8, not compressed"
    );
    refusals.tell(RefusalKind::ContentType, what);
    let text = "the body must be application/json in UTF-8, not compressed";
    refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, text)
}

/// What of a body was not read, told by the status that it is refused with.
#[cold]
pub(super) fn unread(engine: &Engine, refusal: Refusal) -> Box<Reply> {
    let (limits, refusals) = (&engine.limits, &engine.refusals);
    let reply = Box::<Reply>::from(refusal);
    match reply.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            refusals.tell_full(RefusalKind::Size, "a body", "body_bytes", limits.body_bytes);
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            refusals.tell_full(RefusalKind::Memory, "a body", "held_bytes", limits.held_bytes);
        }
        StatusCode::REQUEST_TIMEOUT => {
            let seconds = limits.body_timeout.as_secs_f64();
            let what = format_args!("a body is refused: it took longer than Limits::body_timeout ({seconds} s)");
            refusals.tell(RefusalKind::Time, what);
        }
        _ => {}
    }
    reply
}

/// There are as many as may be of what the limit bounds.
#[cold]
pub(super) fn full(engine: &Engine, kind: RefusalKind, what: &str, limit: &str, max: usize, id: &RequestId) -> Reply {
    engine.refusals.tell_full(kind, what, limit, max);
    busy(Some(id))
}

#[cold]
pub(super) fn too_many_calls(engine: &Engine, id: &RequestId) -> Reply {
    full(engine, RefusalKind::Calls, "a call", "calls", engine.limits.calls, id)
}

#[cold]
pub(super) fn refused_in_session(legacy: &Arc<Legacy>, id: &RequestId, refusal: &Refused, accepts: Accepted) -> Reply {
    let frame = render::refusal(&**legacy, id, refusal);
    match legacy.status(&refusal.error, refusal.is_early) {
        StatusCode::OK => whole(accepts, frame),
        status => json(status, frame),
    }
}

#[cold]
pub(super) fn too_many_of_session(engine: &Engine, id: &RequestId) -> Box<Reply> {
    let max = engine.limits.calls_per_session;
    Box::new(full(engine, RefusalKind::Calls, "a call of a session", "calls_per_session", max, id))
}

#[cold]
pub(super) fn repeated_version(engine: &Engine, message: &Result<Message, Rejected>, error: &Error) -> Refusal {
    let request = match message {
        Ok(Message::Request(request)) => Some(request),
        _ => None,
    };
    tell_refused(engine, request, Transport::Http, error);
    match message {
        Ok(Message::Request(request)) => bad_request(Some(&request.id), error),
        _ => bad_request(None, error),
    }
}

/// Answers what is no message.
#[cold]
pub(super) fn reject(rejected: &Rejected) -> Refusal {
    match rejected {
        Rejected::Answer { id, error } => bad_request(id.as_ref(), error),
        Rejected::Ignore { reason } | Rejected::Response { reason, .. } => {
            bad_request(None, &Error::invalid_request(reason.clone()))
        }
    }
}

#[cold]
pub(super) fn no_responses() -> Refusal {
    let text = "in this revision clients send no responses: answers go with a retried request";
    bad_request(None, &Error::invalid_request(text))
}

#[cold]
pub(super) fn bad_request(id: Option<&RequestId>, error: &Error) -> Refusal {
    json(StatusCode::BAD_REQUEST, early_error(id, error)).into()
}

/// For what is no request, and has no id to answer to.
#[cold]
pub(super) fn no_session(engine: &Engine, absent: &Absent) -> Reply {
    absent.tell(engine, None);
    json(absent.status, early_error(None, &absent.error))
}

#[cold]
pub(super) fn refused(words: &dyn Words, id: &RequestId, refused: &Refused) -> Reply {
    json(words.status(&refused.error, refused.is_early), render::refusal(words, id, refused))
}

#[cold]
pub(super) fn no_era() -> Refusal {
    refuse(StatusCode::INTERNAL_SERVER_ERROR, "this server serves no revision of the protocol")
}

#[cold]
pub(super) fn not_allowed(allowed: &'static str) -> Refusal {
    let text = format!("this endpoint does not serve that HTTP method here, only {allowed}");
    let mut reply = refuse(StatusCode::METHOD_NOT_ALLOWED, text).into_reply();
    reply.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    reply.into()
}
