//! One request on a connection, from its id to its reply.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::{
    era::write_cancelled,
    json::RawJson,
    jsonrpc::{ErrorObject, Notification, RequestId},
    peer::{Event, Exchange},
};
use tokio::time::timeout_at;

use super::pipe::{Connection, Outgoing};
use crate::{
    error::{Error, Result},
    handlers::Terms,
    limits::Clock,
};

/// One request on a connection. Dropped before its answer, it tells the server so (CANC-001).
#[derive(Debug)]
#[must_use = "dropping it cancels the request"]
pub(crate) struct Asked {
    exchange: Exchange,
    connection: Arc<Connection>,
    cancel: bool,
    reason: &'static str,
}

impl Asked {
    pub(super) fn new(exchange: Exchange, connection: Arc<Connection>, cancel: bool) -> Self {
        Self { exchange, connection, cancel, reason: "no longer wanted" }
    }

    /// Sends the request and waits for its reply. Progress moves the deadline.
    pub(crate) async fn reply(
        mut self,
        write: impl FnOnce(&mut Vec<u8>, &RequestId),
        terms: &mut Terms,
    ) -> Result<Result<RawJson, ErrorObject>> {
        let mut clock = terms.clock();
        self.send(write, terms.what, &clock).await?;
        loop {
            match self.next(terms.what, &clock).await? {
                Heard::Reply(reply) => return Ok(reply),
                Heard::Notification(notification) => {
                    if terms.hear(&notification, self.exchange.id()) {
                        clock.progress();
                    }
                }
            }
        }
    }

    /// Queues the request.
    pub(crate) async fn send(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>, &RequestId),
        what: &str,
        clock: &Clock,
    ) -> Result<()> {
        let mut frame = Vec::with_capacity(512);
        write(&mut frame, self.exchange.id());
        let outgoing = Outgoing { id: self.exchange.id().clone(), frame: Bytes::from(frame) };
        match timeout_at(clock.deadline(), self.connection.queue(outgoing)).await {
            Ok(queued) => queued,
            Err(_) => Err(self.timed_out(what, clock)),
        }
    }

    /// What comes next for the request, within its deadline.
    pub(crate) async fn next(&mut self, what: &str, clock: &Clock) -> Result<Heard> {
        match timeout_at(clock.deadline(), self.exchange.next()).await {
            Ok(event) => self.heard(event),
            Err(_) => Err(self.timed_out(what, clock)),
        }
    }

    /// What comes next for the request, whenever that is.
    pub(crate) async fn next_ever(&mut self) -> Result<Heard> {
        let event = self.exchange.next().await;
        self.heard(event)
    }

    fn heard(&self, event: Event) -> Result<Heard> {
        match event {
            Event::Notification(notification) => Ok(Heard::Notification(notification)),
            Event::Reply(reply) => Ok(Heard::Reply(reply)),
            Event::Unreadable(why) => Err(Error::invalid(format!("the server's answer cannot be read: {why}"))),
            Event::Closed => Err(self.connection.closed_error()),
        }
    }

    fn timed_out(&mut self, what: &str, clock: &Clock) -> Error {
        self.reason = "timed out";
        Error::timeout(what, clock.elapsed())
    }
}

/// What was heard about one request.
#[derive(Debug)]
pub(crate) enum Heard {
    Notification(Notification),
    Reply(Result<RawJson, ErrorObject>),
}

impl Drop for Asked {
    fn drop(&mut self) {
        if self.exchange.withdraw() && self.cancel {
            let mut frame = Vec::new();
            write_cancelled(&mut frame, self.exchange.id(), self.reason);
            self.connection.notify(frame);
        }
    }
}
