//! The reply to a request, found in an HTTP answer: in its body, or in its stream of events.

use std::time::Duration;

use bytes::Bytes;
use mcp_core::{
    era::split_batch,
    error::shown,
    json::RawJson,
    jsonrpc::{self, ErrorObject, Message, Rejected, RequestId, decode_leniently},
};

use crate::{
    error::{Error, Result},
    http::{Answer, Body, Events, Refusal},
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
        let (status, refusal) = (answer.status(), answer.refusal());
        let body = clock.within(self.what, answer.body()).await?;
        // What 401 and 403 say in their body is for humans; the status is what counts.
        let denied = matches!(status, 401 | 403);
        match body {
            Body::Events(events) if refusal.is_none() => self.events(*events, clock, hear).await,
            Body::Json(body) => {
                let moves = |message| {
                    if hear(message) {
                        clock.progress();
                    }
                };
                match self.find(&body, moves) {
                    Found::Reply(reply) if !denied => told(reply, refusal.as_ref()).map(Ended::Reply),
                    found => Err(match refusal {
                        Some(refusal) => refusal.error(&String::from_utf8_lossy(&body)),
                        None => no_reply(&body, found),
                    }),
                }
            }
            Body::Events(_) => Err(refusal.map_or_else(|| nothing(status), |refusal| refusal.error(""))),
            Body::Other(text) => Err(refusal.map_or_else(|| nothing(status), |refusal| refusal.error(&text))),
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
                    match self.find(&frame, |message| progress |= hear(message)) {
                        Found::Reply(reply) => {
                            events.finish().await;
                            return Ok(Ended::Reply(reply));
                        }
                        found @ Found::Broken(_) => return Err(no_reply(&frame, found)),
                        Found::Nothing(_) => {}
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

    /// Looks for the reply in the frame. The reply to another request is passed over, and so is what is malformed, unless
    /// it surely was to be the reply.
    fn find(&self, frame: &Bytes, mut hear: impl FnMut(Message)) -> Found {
        let batch = if self.batches { split_batch(frame) } else { None };
        let mut found = Found::Nothing(None);
        for frame in batch.as_deref().unwrap_or(std::slice::from_ref(frame)) {
            match decode_leniently(frame, &self.json, |what| tracing::warn!("{what}")) {
                Ok(Message::Response(response)) => {
                    let ours = match &response.id {
                        Some(id) => id.stands_for(self.id),
                        // The server could not read the id, and leaves it out; this answer is to nothing else.
                        None => response.outcome.is_err(),
                    };
                    match (ours, &found) {
                        (true, Found::Reply(_)) => {}
                        (true, _) => found = Found::Reply(response.outcome),
                        (false, Found::Nothing(_)) => {
                            let id =
                                response.id.map_or_else(|| "none".to_owned(), |id| shown(&id.to_string()).into_owned());
                            found = Found::Nothing(Some(format!("it answers the request {id} instead of {}", self.id)));
                        }
                        (false, _) => {}
                    }
                }
                Ok(message) => hear(message),
                Err(rejected) => {
                    let (id, reason) = match &rejected {
                        Rejected::Answer { id, error } => (id.as_ref(), error.message()),
                        Rejected::Response { id, reason } => (id.as_ref(), reason.as_ref()),
                        Rejected::Ignore { reason } => (None, reason.as_ref()),
                    };
                    tracing::debug!(reason, "a message of the server cannot be read");
                    let is_reply = matches!(rejected, Rejected::Response { .. });
                    match (is_reply && id.is_some_and(|id| id.stands_for(self.id)), &found) {
                        (_, Found::Reply(_)) => {}
                        (true, _) => found = Found::Broken(reason.to_owned()),
                        (false, _) => found = Found::Nothing(Some(reason.to_owned())),
                    }
                }
            }
        }
        found
    }
}

/// What a frame holds of the reply.
enum Found {
    Reply(Result<RawJson, ErrorObject>),
    /// It was to be the reply, and cannot be read.
    Broken(String),
    /// Nothing of it; and if that is known, what there is instead.
    Nothing(Option<String>),
}

/// Why an answer is no reply.
fn no_reply(body: &[u8], found: Found) -> Error {
    let why = match found {
        Found::Broken(why) | Found::Nothing(Some(why)) => why,
        _ => "it holds no answer to anything".to_owned(),
    };
    Error::invalid(match body {
        [] => "the server's answer is empty where a reply should be".to_owned(),
        [0x1f, 0x8b, ..] => {
            "the server's answer is compressed with gzip, which was not asked for and is not read".to_owned()
        }
        _ => format!("the server's answer is no reply to the request: {why}"),
    })
}

/// A reply as it came; but an error of a server that is busy also says until when.
fn told(reply: Result<RawJson, ErrorObject>, refusal: Option<&Refusal>) -> Result<Result<RawJson, ErrorObject>> {
    match (reply, refusal) {
        (Err(error), Some(refusal)) if refusal.is_passing() => Err(refusal.explain(Error::rejected(error))),
        (reply, _) => Ok(reply),
    }
}

fn nothing(status: u16) -> Error {
    Error::invalid(format!("the server answered {status} without a message: is this the URL of an MCP server?"))
}
