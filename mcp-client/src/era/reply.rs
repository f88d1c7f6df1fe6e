//! The reply to a request, found in an HTTP answer: in its body, or in its stream of events.

use std::time::Duration;

use bytes::Bytes;
use mcp_core::{
    era::split_batch,
    json::RawJson,
    jsonrpc::{self, ErrorObject, Message, RequestId, decode},
};

use crate::{
    error::{Error, Result},
    http::{Answer, Body, Events, unwelcome},
    timing::Clock,
};

/// How the reading of an answer ended.
pub(super) enum Ended {
    /// With the reply.
    Reply(Result<RawJson, ErrorObject>),
    /// Before it: the stream broke off.
    Cut { last_event_id: Option<String>, retry: Option<Duration>, clock: Clock, error: Error },
}

/// Looks for one reply in an answer.
pub(super) struct ReplyReader<'a> {
    pub(super) what: &'static str,
    pub(super) id: &'a RequestId,
    pub(super) json: jsonrpc::Limits,
    /// Whether several messages may come in one body, which only 2025-03-26 allows (base protocol, *Batching*).
    pub(super) batches: bool,
}

impl ReplyReader<'_> {
    /// Reads an answer until the reply is there. `hear` takes every other message, and says whether the deadline
    /// moves.
    pub(super) async fn reply(
        &self,
        answer: Answer,
        clock: Clock,
        mut hear: impl FnMut(Message) -> bool,
    ) -> Result<Ended> {
        let (status, success) = (answer.status(), answer.is_success());
        let body = clock.within(self.what, answer.body()).await?;
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
        clock: Clock,
        mut hear: impl FnMut(Message) -> bool,
    ) -> Result<Ended> {
        loop {
            let error = match clock.within(self.what, events.next()).await {
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
                        // The server could not read the id, and leaves it out; this answer is to nothing else.
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
