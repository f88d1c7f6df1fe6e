//! A pipe to a server that many requests share: what is written, what is read, and who waits for it.
//!
//! ```text
//! request ─► Asked ─► frames ──► writer ─► peer
//!              ▲      control ─►   │
//!              └── pending ◄──── reader ◄─ peer     (what belongs to nobody's request goes to the hub)
//! ```

mod backoff;
mod changes;
mod feed;
mod reader;
mod writer;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use mcp_core::{
    era::write_cancelled,
    json::RawJson,
    jsonrpc::{ErrorObject, Notification, RequestId},
    peer::{Event, Exchange, Pending, Refused},
};
use tokio::{sync::mpsc, task::AbortHandle, time::timeout_at};
use tokio_util::sync::CancellationToken;

pub(crate) use backoff::Backoff;
pub use changes::{Change, Changes};
pub(crate) use feed::{Attached, Feed, Hub};
pub(crate) use reader::{Read, Source};
pub(crate) use writer::Sink;

use crate::{
    error::{Error, Result},
    handlers::Terms,
    limits::{Clock, Limits, QUEUE_CONTROL, QUEUE_FRAMES},
};

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Opens connections to one server, again if need be. Whoever finds the era holds one.
pub(crate) trait Connector: Send {
    /// Opens a connection. Called inside a runtime; does not wait for the server.
    fn connect(&mut self) -> Result<Connection>;
}

/// What lives and dies with a connection: a child process.
pub(crate) trait Lifeline: Send + Sync {
    /// Ends it at once, without waiting for anything. Idempotent.
    fn kill(&self);

    /// Ends it in good order, and by force if that does not help. Idempotent.
    fn stop(&self) -> BoxFuture<'_, ()>;

    /// What is known about its end, for the text of an error. Waits a moment for it to end.
    fn post_mortem(&self) -> BoxFuture<'_, String>;
}

/// A connection over a pipe. Dropping it ends everything that belongs to it at once.
pub(crate) struct Connection {
    pending: Arc<Pending>,
    frames: mpsc::Sender<Outgoing>,
    control: mpsc::Sender<Bytes>,
    hub: Arc<Hub>,
    manners: Arc<Manners>,
    /// Ends the writer, and with it the server's input.
    hang_up: CancellationToken,
    tasks: [AbortHandle; 2],
    lifeline: Option<Arc<dyn Lifeline>>,
    closed_by_us: AtomicBool,
}

/// How this side behaves towards the server; known once the era is.
#[derive(Debug, Default)]
struct Manners {
    /// Whether requests of the server are answered at all (STDIO-008).
    answers: AtomicBool,
    /// Whether several messages may come in one frame (JRPC-025).
    batches: AtomicBool,
}

/// A request on its way, and the id it is pending under.
struct Outgoing {
    id: RequestId,
    frame: Bytes,
}

impl Connection {
    /// Starts reading and writing. Must be called inside a Tokio runtime.
    pub(crate) fn start(
        source: impl Source,
        sink: impl Sink,
        lifeline: Option<Arc<dyn Lifeline>>,
        limits: &Limits,
    ) -> Self {
        let pending = Pending::new(limits.requests);
        let hub = Arc::new(Hub::default());
        let manners = Arc::new(Manners::default());
        let hang_up = CancellationToken::new();
        let (frames, frames_out) = mpsc::channel(QUEUE_FRAMES);
        let (control, control_out) = mpsc::channel(QUEUE_CONTROL);
        let writer = writer::run(sink, frames_out, control_out, pending.clone(), hang_up.clone());
        let reader = reader::Reader {
            pending: pending.clone(),
            hub: hub.clone(),
            manners: manners.clone(),
            control: control.clone(),
            json: limits.json(),
        };
        let reader = reader.run(source, lifeline.clone());
        let tasks = [tokio::spawn(writer).abort_handle(), tokio::spawn(reader).abort_handle()];
        let closed_by_us = AtomicBool::new(false);
        Self { pending, frames, control, hub, manners, hang_up, tasks, lifeline, closed_by_us }
    }

    /// From now on the server's requests are answered, and batches read if it may send them.
    pub(crate) fn answer_requests(&self, batches: bool) {
        self.manners.answers.store(true, Ordering::Relaxed);
        self.manners.batches.store(batches, Ordering::Relaxed);
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Opens an exchange that is cancelled when it is dropped.
    pub(crate) fn open(self: &Arc<Self>) -> Result<Asked> {
        let exchange = self.pending.open().map_err(|refused| self.refused(refused))?;
        Ok(Asked { exchange, connection: self.clone(), cancel: true, reason: "no longer wanted" })
    }

    /// Opens an exchange that is never cancelled, under a name or the next number (CANC-006).
    pub(crate) fn open_quiet(self: &Arc<Self>, name: Option<&'static str>) -> Result<Asked> {
        let exchange = match name {
            Some(name) => self.pending.open_named(name),
            None => self.pending.open(),
        };
        let exchange = exchange.map_err(|refused| self.refused(refused))?;
        Ok(Asked { exchange, connection: self.clone(), cancel: false, reason: "" })
    }

    fn refused(&self, refused: Refused) -> Error {
        match refused {
            Refused::Closed => Error::closed("the connection to the server is closed: connect again"),
            Refused::Full => Error::invalid("too many requests are in flight: await some, or raise `Limits::requests`"),
        }
    }

    /// Sends a message that nobody waits for, before everything that waits to be written.
    pub(crate) fn notify(&self, frame: Vec<u8>) {
        if self.control.try_send(Bytes::from(frame)).is_err() {
            tracing::debug!("a message to the server was dropped: the pipe is gone or full");
        }
    }

    /// Sends a request and ignores its answer.
    pub(crate) fn ask_and_forget(&self, write: impl FnOnce(&mut Vec<u8>, &RequestId)) {
        if let Ok(exchange) = self.pending.open() {
            let mut frame = Vec::new();
            write(&mut frame, exchange.id());
            self.notify(frame);
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.pending.is_closed()
    }

    /// What an error about the end of this connection should say.
    pub(crate) async fn post_mortem(&self) -> String {
        match &self.lifeline {
            Some(lifeline) => lifeline.post_mortem().await,
            None => "the server closed the connection".to_owned(),
        }
    }

    /// Fails what is in flight, ends the server's input, and waits for the server to end.
    pub(crate) async fn close(&self) {
        self.closed_by_us.store(true, Ordering::Release);
        self.hang_up.cancel();
        self.pending.close();
        self.hub.close();
        if let Some(lifeline) = &self.lifeline {
            lifeline.stop().await;
        }
        self.end_tasks();
    }

    fn end_tasks(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }

    fn closed_error(&self) -> Error {
        if self.closed_by_us.load(Ordering::Acquire) {
            return Error::cancelled();
        }
        Error::closed("the server closed the connection before it answered")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(lifeline) = &self.lifeline {
            lifeline.kill();
        }
        self.end_tasks();
        self.pending.close();
        self.hub.close();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}

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
                    if terms.hear(&notification) {
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
        match timeout_at(clock.deadline(), self.connection.frames.send(outgoing)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(self.connection.closed_error()),
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
