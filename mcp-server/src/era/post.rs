//! The HTTP endpoint: lets a request in, reads its message, and hands it to its era.

use std::{error::Error as StdError, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body::Body;
use mcp_core::{
    era::Era,
    error::Error,
    header as mirrored,
    jsonrpc::{self, Message, Rejected},
};

use super::{Eras, answer::early_error, legacy, modern, of_header, over_http};
use crate::http::{Accepted, Access, Refusal, Reply, accepted, events, is_json, json, read_body, refuse};

/// Answers one HTTP request to the endpoint.
pub(crate) async fn respond<B>(eras: &Arc<Eras>, access: &Access, request: Request<B>) -> Reply
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let reply = async {
        access.check(&parts)?;
        match parts.method {
            Method::POST => post(eras, &parts.headers, body).await,
            Method::GET | Method::DELETE => {
                let version = version_header(&parts.headers)?;
                // Only sessions have streams to open and an end (HTTPM-028).
                if !eras.serves(Era::Legacy) || of_header(version) == Era::Modern {
                    return Err(not_allowed("POST"));
                }
                Ok(match parts.method {
                    Method::GET => legacy::open_stream(eras, &parts.headers),
                    _ => legacy::end_session(eras, &parts.headers),
                })
            }
            _ if eras.serves(Era::Legacy) => Err(not_allowed("POST, GET, DELETE")),
            _ => Err(not_allowed("POST")),
        }
    };
    reply.await.unwrap_or_else(Refusal::into_reply)
}

/// The version that the headers name. Two of them could be read differently on the way.
fn version_header(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(mirrored::PROTOCOL_VERSION).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(refuse(StatusCode::BAD_REQUEST, "the header MCP-Protocol-Version stands more than once"));
    }
    Ok(first.map(|value| value.to_str().unwrap_or_default()))
}

/// One message as the whole answer, in a form that the client takes.
pub(super) fn whole(accepted: Accepted, frame: Bytes) -> Reply {
    if accepted.json { json(StatusCode::OK, frame) } else { events(&[frame]) }
}

/// The server has too much to do, or is stopping.
pub(super) fn busy() -> Reply {
    let mut reply = refuse(StatusCode::SERVICE_UNAVAILABLE, "the server is busy: try again").into_reply();
    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

fn not_allowed(allowed: &'static str) -> Refusal {
    let text = format!("this endpoint does not serve that HTTP method here, only {allowed}");
    let mut reply = refuse(StatusCode::METHOD_NOT_ALLOWED, text).into_reply();
    reply.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    reply.into()
}

async fn post<B>(eras: &Arc<Eras>, headers: &HeaderMap, body: B) -> Result<Reply, Refusal>
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    if eras.engine.lifecycle.stopping().is_cancelled() {
        return Err(busy().into());
    }
    if !is_json(headers) {
        return Err(refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be application/json in UTF-8, not compressed",
        ));
    }
    let accept = Accepted::of(headers);
    if !accept.json && !accept.events {
        return Err(refuse(StatusCode::NOT_ACCEPTABLE, "the client must accept application/json or text/event-stream"));
    }
    let frame = read_body(body, &eras.engine.limits).await?;
    let version = version_header(headers)?;
    Ok(match jsonrpc::decode(&frame, &eras.engine.limits.json()) {
        Ok(Message::Request(request)) => match over_http(&request.params, version) {
            Era::Modern => modern::post(eras, headers, request, accept).await,
            Era::Legacy => legacy::post(eras, headers, request, accept).await,
        },
        Ok(Message::Notification(notification)) => {
            match over_http(&notification.params, version) {
                // This era has no notification from clients over HTTP; one is taken and means nothing (HTTPM-009).
                Era::Modern => accepted(),
                Era::Legacy => legacy::notified(eras, headers, &notification),
            }
        }
        Ok(Message::Response(_)) if of_header(version) == Era::Modern => {
            // HTTPM-008, JRPC-024.
            let error =
                Error::invalid_request("in this revision clients send no responses: answers go with a retried request");
            json(StatusCode::BAD_REQUEST, early_error(None, &error))
        }
        Ok(Message::Response(_)) => legacy::responded(eras, headers),
        Err(Rejected::Answer { id, error }) => json(StatusCode::BAD_REQUEST, early_error(id.as_ref(), &error)),
        Err(Rejected::Ignore { reason }) => {
            json(StatusCode::BAD_REQUEST, early_error(None, &Error::invalid_request(reason)))
        }
    })
}
