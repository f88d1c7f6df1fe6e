//! Which era a server behind a URL speaks, and how the reply to a request is found in an HTTP answer.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use mcp_core::{
    era::{Era, modern::write_discover_request, split_batch},
    json::RawJson,
    jsonrpc::{self, ErrorObject, Message, RequestId, decode},
};
use tokio::time::timeout_at;

use super::{Channel, Identity, Server, Verdict, judge, legacy, modern};
use crate::{
    error::{Error, Result},
    handlers::Terms,
    http::{Answer, Body, Endpoint, Events},
    limits::Clock,
};

/// Asks `server/discover` and finds out how to speak (VER-018, VER-019, VER-022).
pub(crate) async fn find_over_http(endpoint: Endpoint, identity: &Identity) -> Result<(Channel, Server)> {
    let endpoint = Arc::new(endpoint);
    let Some(mut version) = identity.newest(Era::Modern) else {
        let version = identity.fall_back()?;
        return legacy::open_http(endpoint, identity, version).await;
    };
    for first in [true, false] {
        let stamp = identity.stamp(version);
        let id = RequestId::from("discover");
        let mut body = Vec::new();
        write_discover_request(&mut body, &id, &stamp);
        let terms = Terms::new("server/discover", &identity.limits);
        let clock = terms.clock();
        let headers = modern::headers(version, "server/discover", None)?;
        let answer = within(&clock, terms.what, endpoint.post(headers, Bytes::from(body))).await?;
        let status = answer.status();
        let hearing = Hearing { what: terms.what, id: &id, json: identity.limits.json(), batches: false };
        let reply = hearing.reply(answer, clock, |_| false).await;
        let verdict = match evidence(status, reply)? {
            Some(reply) => judge(reply, identity, first)?,
            None => Verdict::Legacy(identity.fall_back()?),
        };
        match verdict {
            Verdict::Modern(version, discovered) => {
                return Ok(modern::HttpChannel::open(endpoint, identity, version, stamp, discovered));
            }
            Verdict::Legacy(version) => return legacy::open_http(endpoint, identity, version).await,
            Verdict::Again(other) => version = other,
        }
    }
    Err(Error::invalid("the server cannot decide on a protocol version"))
}

/// What an answer to the first question proves: a reply to judge, or (`None`) that the server does not know the
/// newer era. An error if it proves nothing.
fn evidence(status: u16, reply: Result<Ended>) -> Result<Option<Result<RawJson, ErrorObject>>> {
    match reply {
        Ok(Ended::Reply(Ok(result))) => Ok(Some(Ok(result))),
        Ok(Ended::Reply(Err(error))) => {
            // The newer era's own errors: going back to the older one would hide them.
            let header_or_capability = matches!(error.code, -32020 | -32021);
            let about_meta = status == 400 && error.code == -32602 && error.message.contains("_meta");
            if status >= 500 || header_or_capability || about_meta {
                return Err(Error::rejected(error).during("server/discover"));
            }
            Ok(Some(Err(error)))
        }
        Ok(Ended::Cut { error, .. }) => Err(error),
        Err(error) => match error.http_status() {
            Some(401 | 403 | 408 | 429) | None => Err(error),
            Some(status) if (400..500).contains(&status) => Ok(None),
            Some(_) => Err(error),
        },
    }
}

/// Awaits a step of a request until its deadline.
pub(super) async fn within<T>(clock: &Clock, what: &str, step: impl Future<Output = Result<T>>) -> Result<T> {
    match timeout_at(clock.deadline(), step).await {
        Ok(result) => result,
        Err(_) => Err(Error::timeout(what, clock.elapsed())),
    }
}

/// How the reading of an answer ended.
pub(super) enum Ended {
    /// With the reply.
    Reply(Result<RawJson, ErrorObject>),
    /// Before it: the stream broke off.
    Cut { last_event_id: Option<String>, retry: Option<Duration>, clock: Clock, error: Error },
}

/// What is listened for in an answer.
pub(super) struct Hearing<'a> {
    pub(super) what: &'static str,
    pub(super) id: &'a RequestId,
    pub(super) json: jsonrpc::Limits,
    /// Whether several messages may come in one body (JRPC-025).
    pub(super) batches: bool,
}

impl Hearing<'_> {
    /// Reads an answer until the reply is there. `hear` takes every other message, and says whether the deadline
    /// moves.
    pub(super) async fn reply(
        &self,
        answer: Answer,
        mut clock: Clock,
        mut hear: impl FnMut(Message) -> bool,
    ) -> Result<Ended> {
        let (status, success) = (answer.status(), answer.is_success());
        let body = within(&clock, self.what, answer.body()).await?;
        // What 401 and 403 say in their body is for humans; the status is what counts.
        let denied = matches!(status, 401 | 403);
        match body {
            Body::Events(events) if success => self.events(*events, clock, hear).await,
            Body::Json(body) => {
                let moves = |message| {
                    if hear(message) {
                        clock.progress();
                    }
                };
                match self.find(&body, moves) {
                    Some(reply) if !denied => Ok(Ended::Reply(reply)),
                    _ if !success => Err(unwelcome(status, &String::from_utf8_lossy(&body))),
                    _ => Err(Error::invalid("the server's answer is JSON, but no reply to the request")),
                }
            }
            Body::Events(_) => Err(unwelcome(status, "")),
            Body::Other(text) if !success => Err(unwelcome(status, &text)),
            Body::Other(_) => Err(Error::invalid(format!(
                "the server answered {status} without a message: is this the URL of an MCP server?"
            ))),
        }
    }

    /// Reads a stream until the reply is there.
    pub(super) async fn events(
        &self,
        mut events: Events,
        mut clock: Clock,
        mut hear: impl FnMut(Message) -> bool,
    ) -> Result<Ended> {
        loop {
            let error = match within(&clock, self.what, events.next()).await {
                Ok(Some(frame)) => {
                    let mut progress = false;
                    if let Some(reply) = self.find(&frame, |message| progress |= hear(message)) {
                        events.finish().await;
                        return Ok(Ended::Reply(reply));
                    }
                    if progress {
                        clock.progress();
                    }
                    continue;
                }
                Ok(None) => Error::transport("the server ended its answer before the reply"),
                Err(error) if error.is_transport() => error,
                Err(error) => return Err(error),
            };
            let last_event_id = events.last_event_id().map(str::to_owned);
            return Ok(Ended::Cut { last_event_id, retry: events.retry(), clock, error });
        }
    }

    /// The reply, if it is in the frame. What is malformed, or the reply to another request, is skipped.
    fn find(&self, frame: &Bytes, mut hear: impl FnMut(Message)) -> Option<Result<RawJson, ErrorObject>> {
        let batch = if self.batches { split_batch(frame) } else { None };
        let mut reply = None;
        for frame in batch.as_deref().unwrap_or(std::slice::from_ref(frame)) {
            match decode(frame, &self.json) {
                Ok(Message::Response(response)) => {
                    let ours = match &response.id {
                        Some(id) => id == self.id,
                        // JRPC-012: the server could not read the id, and this answer is to nothing else.
                        None => response.outcome.is_err(),
                    };
                    if ours {
                        reply.get_or_insert(response.outcome);
                    }
                }
                Ok(message) => hear(message),
                Err(_) => tracing::debug!("a message of the server cannot be read"),
            }
        }
        reply
    }
}

/// An HTTP status instead of a message.
pub(super) fn unwelcome(status: u16, text: &str) -> Error {
    let hint = match status {
        401 => ": it wants credentials",
        403 => ": the credentials do not allow this",
        404 | 405 => ": is this the URL of an MCP server?",
        429 | 503 => ": it is busy, try later",
        _ => "",
    };
    let text: String = text.chars().take(200).collect();
    let shown = if text.is_empty() { String::new() } else { format!(" ({text})") };
    Error::status(status, format!("the server answered with HTTP status {status}{hint}{shown}"))
}
