//! The HTTP endpoint: lets a request in, reads its message, and hands it to its era.

use std::{error::Error as StdError, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header, request::Parts};
use http_body::Body;
use mcp_core::{
    era::Era,
    error::{Error, ErrorKind},
    jsonrpc::{self, Message, Rejected, RequestId},
};

use super::{Eras, answer::early_error, http_call::HttpCall, legacy, modern, named::Named, of_header, over_http};
use crate::http::{
    Accepted, Access, Refusal, Reply, Single, accepted, busy, check_framing, counted, events, is_json, json,
    leave_body, read_body, refuse,
};

/// What becomes of a message.
pub(super) enum Decided {
    /// It is answered already.
    Answered(Reply),
    /// Its handler runs as long as the client waits.
    Alone(HttpCall),
    /// Its handler runs whether the client waits or not.
    InSession(HttpCall, legacy::Visit),
}

/// Answers one HTTP request to the endpoint.
///
/// Only reading the body and running the handler are awaited. What stands between them is plain functions, so that
/// this future is small: it is made and moved for every request.
pub(crate) async fn respond<B>(eras: &Arc<Eras>, access: &Access, request: Request<B>) -> Reply
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let accepts = match admit(eras, access, &parts) {
        Ok(Admitted::Post(accepts)) => accepts,
        Ok(Admitted::Answered(reply)) => return counted(leave_body(&parts, body, reply).await, &eras.engine.held),
        Err(refusal) => return leave_body(&parts, body, refusal.into_reply()).await,
    };
    let engine = &eras.engine;
    let decided = match read_body(body, &engine.limits, &engine.held).await {
        Ok(frame) => decide(eras, parts, &frame, accepts),
        Err(refusal) => Err(refusal),
    };
    let reply = match decided {
        Ok(Decided::Answered(reply)) => reply,
        Ok(Decided::Alone(call)) => call.respond().await,
        Ok(Decided::InSession(call, visit)) => call.respond_and_survive(&visit.inflight).await,
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

fn admit(eras: &Arc<Eras>, access: &Access, parts: &Parts) -> Result<Admitted, Refusal> {
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
    match parts.method {
        Method::POST => {
            let accepts = Accepted::of(headers, accept);
            admit_post(eras, is_json(content_type, content_encoding), accepts)?;
            Ok(Admitted::Post(accepts))
        }
        Method::GET | Method::DELETE => {
            let named = Named::of(headers);
            let version = version_header(&named).map_err(|error| mismatch(None, &error))?;
            // Only sessions have streams to open and an end (HTTPM-028).
            if !eras.has_sessions() || of_header(version) == Era::Modern {
                return Err(not_allowed("POST"));
            }
            Ok(Admitted::Answered(match parts.method {
                Method::GET => legacy::open_stream(eras, &named, headers),
                _ => legacy::end_session(eras, &named),
            }))
        }
        _ if eras.has_sessions() => Err(not_allowed("POST, GET, DELETE")),
        _ => Err(not_allowed("POST")),
    }
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

fn decide(eras: &Arc<Eras>, parts: Parts, frame: &Bytes, accepts: Accepted) -> Result<Decided, Refusal> {
    let named = Named::of(&parts.headers);
    let message = jsonrpc::decode(frame, &eras.engine.limits.json());
    let version = version_header(&named).map_err(|error| match &message {
        Ok(Message::Request(request)) => mismatch(Some(&request.id), &error),
        _ => mismatch(None, &error),
    })?;
    let reply = match message {
        Ok(Message::Request(request)) => {
            return match over_http(&request.params, version) {
                Era::Modern => {
                    let checked = modern::check(eras, &named, &parts.headers, &request);
                    modern::post(eras, checked, parts, request, accepts)
                }
                Era::Legacy => legacy::post(eras, parts, request, accepts),
            };
        }
        Ok(Message::Notification(notification)) => match over_http(&notification.params, version) {
            // This era has no notification from clients over HTTP; one is taken and means nothing (HTTPM-009).
            Era::Modern => accepted(),
            Era::Legacy => legacy::notified(eras, &named, &notification),
        },
        Ok(Message::Response(_)) if of_header(version) == Era::Modern => {
            // HTTPM-008, JRPC-024.
            let text = "in this revision clients send no responses: answers go with a retried request";
            json(StatusCode::BAD_REQUEST, early_error(None, &Error::invalid_request(text)))
        }
        Ok(Message::Response(_)) => legacy::responded(eras, &named),
        Err(Rejected::Answer { id, error }) => json(StatusCode::BAD_REQUEST, early_error(id.as_ref(), &error)),
        Err(Rejected::Ignore { reason }) => {
            json(StatusCode::BAD_REQUEST, early_error(None, &Error::invalid_request(reason)))
        }
    };
    Ok(Decided::Answered(reply))
}

/// The version that the headers name. Two of them could be read differently on the way.
fn version_header<'a>(named: &Named<'a>) -> Result<Option<&'a str>, Error> {
    match named.version {
        Single::Repeated => {
            let text = "the header MCP-Protocol-Version stands more than once";
            Err(Error::new(ErrorKind::HeaderMismatch, text))
        }
        Single::Absent | Single::Once(_) => Ok(named.version_text()),
    }
}

fn mismatch(id: Option<&RequestId>, error: &Error) -> Refusal {
    json(StatusCode::BAD_REQUEST, early_error(id, error)).into()
}

/// One message as the whole answer, in a form that the client takes.
pub(super) fn whole(accepted: Accepted, frame: Bytes) -> Reply {
    if accepted.json { json(StatusCode::OK, frame) } else { events(&[frame]) }
}

fn not_allowed(allowed: &'static str) -> Refusal {
    let text = format!("this endpoint does not serve that HTTP method here, only {allowed}");
    let mut reply = refuse(StatusCode::METHOD_NOT_ALLOWED, text).into_reply();
    reply.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    reply.into()
}
