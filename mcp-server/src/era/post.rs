//! The HTTP endpoint: lets a request in, reads its message, and hands it to its era.

use std::{error::Error as StdError, sync::Arc};

use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body::Body;
use mcp_core::{
    era::Era,
    error::Error,
    header as mirrored,
    jsonrpc::{self, Message, Rejected},
};

use super::{Eras, answer::early_error, legacy, modern, over_http};
use crate::http::{Accepted, Access, Refusal, Reply, accepted, is_json, json, read_body, refuse};

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
            Method::GET if eras.serves(Era::Legacy) => Ok(legacy::open_stream(eras, &parts.headers)),
            Method::DELETE if eras.serves(Era::Legacy) => Ok(legacy::end_session(eras, &parts.headers)),
            _ => Err(not_allowed(eras)),
        }
    };
    reply.await.unwrap_or_else(Refusal::into_reply)
}

/// The server has too much to do, or is stopping.
pub(super) fn busy() -> Reply {
    let mut reply = refuse(StatusCode::SERVICE_UNAVAILABLE, "the server is busy: try again").into_reply();
    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

fn not_allowed(eras: &Eras) -> Refusal {
    let mut reply =
        refuse(StatusCode::METHOD_NOT_ALLOWED, "this endpoint does not serve that HTTP method").into_reply();
    let allowed = if eras.serves(Era::Legacy) { "POST, GET, DELETE" } else { "POST" };
    reply.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    reply.into()
}

async fn post<B>(eras: &Arc<Eras>, headers: &http::HeaderMap, body: B) -> Result<Reply, Refusal>
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
    let version = headers.get(mirrored::PROTOCOL_VERSION).and_then(|value| value.to_str().ok());
    Ok(match jsonrpc::decode(&frame, &eras.engine.limits.json()) {
        Ok(Message::Request(request)) => match over_http(&request.method, &request.params, version) {
            Era::Modern => modern::post(eras, headers, request, accept).await,
            Era::Legacy => legacy::post(eras, headers, request, accept).await,
        },
        Ok(Message::Notification(notification)) => {
            match over_http(&notification.method, &notification.params, version) {
                // This era has no notification from clients over HTTP; one is taken and means nothing (HTTPM-009).
                Era::Modern => accepted(),
                Era::Legacy => legacy::notified(eras, headers, &notification),
            }
        }
        Ok(Message::Response(_)) => legacy::responded(eras, headers),
        Err(Rejected::Answer { id, error }) => json(StatusCode::BAD_REQUEST, early_error(id.as_ref(), &error)),
        Err(Rejected::Ignore { reason }) => {
            json(StatusCode::BAD_REQUEST, early_error(None, &Error::invalid_request(reason)))
        }
    })
}
