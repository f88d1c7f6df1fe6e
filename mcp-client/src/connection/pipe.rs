//! The connection itself: its two tasks, its tables, and how it ends.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use mcp_core::{jsonrpc::RequestId, peer::Pending};
use tokio::{sync::mpsc, task::AbortHandle};
use tokio_util::sync::CancellationToken;

use super::{
    end::End,
    listeners::Listeners,
    policy::PeerPolicy,
    process::ProcessHandle,
    reader::{Reader, Source},
    writer::{self, Outgoing, Sink},
};
use crate::{
    answer::Answering,
    changes::Hub,
    error::Result,
    handlers::LogHandler,
    limits::{Limits, QUEUE_CONTROL, QUEUE_FRAMES},
};

/// Opens connections to one server, again if need be.
pub(crate) trait Connector: Send + Sync {
    /// Opens a connection. Called inside a runtime; does not wait for what the server says.
    fn connect(&self) -> BoxFuture<'_, Result<Connection>>;
}

/// A connection over a pipe. Dropping it ends everything that belongs to it at once.
pub(crate) struct Connection {
    pub(super) pending: Arc<Pending>,
    frames: mpsc::Sender<Outgoing>,
    control: mpsc::Sender<Bytes>,
    hub: Arc<Hub>,
    pub(super) listeners: Arc<Listeners>,
    policy: Arc<PeerPolicy>,
    /// Ends the writer, and with it the server's input.
    hang_up: CancellationToken,
    tasks: [AbortHandle; 2],
    process: Option<Arc<dyn ProcessHandle>>,
    end: End,
}

impl Connection {
    /// Starts reading and writing. Must be called inside a Tokio runtime.
    pub(crate) fn start(
        source: impl Source,
        sink: impl Sink,
        process: Option<Arc<dyn ProcessHandle>>,
        limits: &Limits,
    ) -> Self {
        let pending = Pending::new(limits.requests);
        let (hub, listeners) = (Arc::new(Hub::default()), Arc::new(Listeners::default()));
        let policy = Arc::new(PeerPolicy::default());
        let (hang_up, end) = (CancellationToken::new(), End::default());
        let (frames, frames_out) = mpsc::channel(QUEUE_FRAMES);
        let (control, control_out) = mpsc::channel(QUEUE_CONTROL);
        let writer = writer::run(sink, frames_out, control_out, pending.clone(), hang_up.clone());
        let reader = Reader {
            pending: pending.clone(),
            hub: hub.clone(),
            listeners: listeners.clone(),
            policy: policy.clone(),
            control: control.clone(),
            json: limits.json(),
            end: end.clone(),
            hang_up: hang_up.clone(),
        };
        let reader = reader.run(source, process.clone());
        let tasks = [tokio::spawn(writer).abort_handle(), tokio::spawn(reader).abort_handle()];
        Self { pending, frames, control, hub, listeners, policy, hang_up, tasks, process, end }
    }

    /// From now on what the server logs is heard.
    pub(crate) fn hear_log(&self, handler: &LogHandler) {
        // It is set once, before anything is asked.
        let _ = self.policy.log.set(handler.clone());
    }

    /// From now on the server's requests are answered, and batches read if it may send them.
    pub(crate) fn answer_requests(&self, batches: bool) {
        self.policy.answers.store(true, Ordering::Relaxed);
        self.policy.batches.store(batches, Ordering::Relaxed);
    }

    /// From now on questions of the server are answered by the program's handlers.
    pub(crate) fn answer_with(&self, answering: Arc<Answering>) {
        // It is set once, when the handshake is over.
        let _ = self.policy.answering.set(answering);
    }

    /// From now on the server's requests are passed over.
    pub(crate) fn answer_nothing(&self) {
        self.policy.answers.store(false, Ordering::Relaxed);
        self.policy.batches.store(false, Ordering::Relaxed);
    }

    /// Hands a request to the writer, when there is room.
    pub(super) async fn queue(&self, outgoing: Outgoing) -> Result<()> {
        match self.frames.send(outgoing).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.end.in_flight().await),
        }
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
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

    /// What is known about the end of this connection.
    pub(crate) fn end(&self) -> &End {
        &self.end
    }

    /// Ends everything at once.
    pub(crate) fn abort(&self) {
        if let Some(process) = &self.process {
            process.kill();
        }
        self.end_tasks();
        self.end.set_by_us();
        self.policy.end_answering();
        self.pending.close();
    }

    /// Fails what is in flight, ends the server's input, and waits for the server to end.
    pub(crate) async fn close(&self) {
        self.end.set_by_us();
        self.hang_up.cancel();
        self.policy.end_answering();
        self.pending.close();
        if let Some(process) = &self.process {
            process.stop().await;
        }
        self.end_tasks();
    }

    fn end_tasks(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.abort();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("end", &self.end).finish_non_exhaustive()
    }
}
