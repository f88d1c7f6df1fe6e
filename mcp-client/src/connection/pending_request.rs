//! One request on a connection, from its id to its reply.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use mcp_core::{
    era::write_cancelled,
    json::RawJson,
    jsonrpc::{ErrorObject, Notification, RequestId},
    peer::{Event, Exchange, Refused},
};

use super::{pipe::Connection, writer::Outgoing};
use crate::{
    changes::Feed,
    error::{Error, Result},
    handlers::RequestOptions,
    timing::Clock,
};

/// One request on a connection. Dropped before its answer, it tells the server so (2026-07-28, cancellation,
/// *Transport-Specific Cancellation*).
///
/// ```text
/// open ─ send ─► queued ─ written ─► in flight ─ Incoming::Reply ─► done
///   └──────────────┴───── dropped ──────┴─► withdrawn: if it was written, the server is told
/// ```
#[derive(Debug)]
#[must_use = "dropping it cancels the request"]
pub(crate) struct PendingRequest {
    exchange: Exchange,
    connection: Arc<Connection>,
    cancel: bool,
    reason: &'static str,
    feeds: bool,
}

impl Connection {
    /// Opens an exchange that is cancelled when it is dropped.
    pub(crate) fn open(self: &Arc<Self>) -> Result<PendingRequest> {
        let exchange = self.pending.open().map_err(|refused| self.refusal(refused))?;
        Ok(PendingRequest::new(exchange, self.clone(), true))
    }

    /// Opens an exchange that is never cancelled, as `initialize` must not be, under a name or the next number.
    pub(crate) fn open_quiet(self: &Arc<Self>, name: Option<&'static str>) -> Result<PendingRequest> {
        let exchange = match name {
            Some(name) => self.pending.open_named(name),
            None => self.pending.open(),
        };
        let exchange = exchange.map_err(|refused| self.refusal(refused))?;
        Ok(PendingRequest::new(exchange, self.clone(), false))
    }

    fn refusal(&self, refused: Refused) -> Error {
        match refused {
            Refused::Closed => self.end().error(),
            Refused::Full => Error::input("too many requests are in flight: await some, or raise `Limits::requests`"),
        }
    }
}

impl PendingRequest {
    fn new(exchange: Exchange, connection: Arc<Connection>, cancel: bool) -> Self {
        Self { exchange, connection, cancel, reason: "no longer wanted", feeds: false }
    }

    /// Sends the request and waits for its reply. Progress moves the deadline.
    pub(crate) async fn reply(
        mut self,
        write: impl FnOnce(&mut Vec<u8>, &RequestId),
        options: &mut RequestOptions,
    ) -> Result<Result<RawJson, ErrorObject>> {
        let clock = options.clock();
        self.send(write, options.what, &clock).await?;
        loop {
            match self.next(options.what, &clock).await? {
                Incoming::Reply(reply) => return Ok(reply),
                Incoming::Notification(notification) => {
                    if options.hear(&notification, self.exchange.id()) {
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
        let queued = clock.within(what, self.connection.queue(outgoing)).await;
        self.in_time(queued)
    }

    /// From now on changes that belong to the request go to a feed where they are read; everything else comes here.
    pub(crate) fn feed(&mut self, feed: Arc<Feed>) {
        self.connection.listeners.add(self.exchange.id().clone(), feed);
        self.feeds = true;
    }

    /// What comes next for the request, within its deadline.
    pub(crate) async fn next(&mut self, what: &str, clock: &Clock) -> Result<Incoming> {
        let event = clock.within(what, async { Ok(self.exchange.next().await) }).await;
        let event = self.in_time(event)?;
        self.incoming(event)
    }

    /// What comes next for the request, whenever that is.
    pub(crate) fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Result<Incoming>> {
        self.exchange.poll_next(cx).map(|event| self.incoming(event))
    }

    fn incoming(&self, event: Event) -> Result<Incoming> {
        match event {
            Event::Notification(notification) => Ok(Incoming::Notification(notification)),
            Event::Reply(reply) => Ok(Incoming::Reply(reply)),
            Event::Unreadable(why) => Err(Error::invalid(format!("the server's answer cannot be read: {why}"))),
            Event::Closed => Err(self.connection.end().in_flight_now()),
        }
    }

    /// What is given up because of its deadline is cancelled for that reason.
    fn in_time<T>(&mut self, result: Result<T>) -> Result<T> {
        result.inspect_err(|error| {
            if error.is_timeout() {
                self.reason = "timed out";
            }
        })
    }
}

/// What came in about one request.
#[derive(Debug)]
pub(crate) enum Incoming {
    Notification(Notification),
    Reply(Result<RawJson, ErrorObject>),
}

impl Drop for PendingRequest {
    fn drop(&mut self) {
        if self.feeds {
            self.connection.listeners.remove(self.exchange.id());
        }
        if self.exchange.withdraw() && self.cancel {
            let mut frame = Vec::new();
            write_cancelled(&mut frame, self.exchange.id(), self.reason);
            self.connection.notify(frame);
        }
    }
}
