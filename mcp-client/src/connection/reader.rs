//! Reads what the server sends and gives each message to whom it belongs.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use mcp_core::{
    era::{owner_of, read_notification, split_batch, write_answer},
    error::shown,
    jsonrpc::{self, Message, Notification, Outline, Rejected, Request, Response},
    model::ServerNotification,
    peer::Pending,
};
use serde::de::IgnoredAny;
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{end::End, listeners::Listeners, policy::PeerPolicy, process::ProcessHandle, salvage::response_in};
use crate::{
    answer::Replies,
    changes::{Change, Hub},
};

/// How long what a process has written is still read when it has ended and another holds its pipe open.
const LAST_FRAMES: Duration = Duration::from_millis(300);

/// One thing that was read.
#[derive(Debug)]
pub(crate) enum Read {
    /// A frame.
    Frame(Bytes),
    /// What stands behind the last end of a line: a frame, or the beginning of one that was cut off.
    Rest(Bytes),
    /// A frame beyond the cap: what could be told of it.
    TooLong(Outline),
}

/// Where frames come from.
pub(crate) trait Source: Send + 'static {
    /// The next frame, or `None` when there will be no more.
    fn read(&mut self) -> impl Future<Output = Option<Read>> + Send;
}

pub(super) struct Reader {
    pub(super) pending: Arc<Pending>,
    pub(super) hub: Arc<Hub>,
    pub(super) listeners: Arc<Listeners>,
    pub(super) policy: Arc<PeerPolicy>,
    pub(super) control: mpsc::Sender<Bytes>,
    pub(super) json: jsonrpc::Limits,
    pub(super) end: End,
    /// Ends the server's input when there is nothing more to read.
    pub(super) hang_up: CancellationToken,
}

impl Reader {
    /// Reads until the server closes its side, or its process ends. Then every request fails at once, and what the server
    /// leaves behind is cleaned up.
    pub(super) async fn run(self, mut source: impl Source, process: Option<Arc<dyn ProcessHandle>>) {
        match &process {
            None => self.read_all(&mut source).await,
            Some(process) => self.read_while_it_runs(&mut source, process.as_ref()).await,
        }
        drop(source);
        match &process {
            None => self.end.set("the server closed the connection"),
            Some(process) => self.end.set(process.post_mortem().await),
        }
        drop(self);
        if let Some(process) = process {
            process.stop().await;
        }
    }

    async fn read_all(&self, source: &mut impl Source) {
        while let Some(read) = source.read().await {
            self.take(read);
        }
    }

    /// A pipe says nothing of the process that it was made for: any other that inherited it can hold it open.
    async fn read_while_it_runs(&self, source: &mut impl Source, process: &dyn ProcessHandle) {
        let mut exited = process.exited();
        loop {
            tokio::select! {
                read = source.read() => match read {
                    Some(read) => self.take(read),
                    None => return,
                },
                () = &mut exited => break,
            }
        }
        let _ = timeout(LAST_FRAMES, self.read_all(source)).await;
    }

    /// What goes wrong with one message costs that message only: everybody else waits for the next.
    fn take(&self, read: Read) {
        let taken = catch_unwind(AssertUnwindSafe(|| match read {
            Read::Frame(frame) => self.frame(&frame),
            // Half an answer says no more than that the server is gone.
            Read::Rest(frame) if is_cut_off(&frame) => tracing::debug!("the server was cut off in a message"),
            Read::Rest(frame) => self.frame(&frame),
            Read::TooLong(outline) => {
                let known = outline.response_id();
                let known = known.is_some_and(|id| self.pending.fail(id, "it is larger than the client allows"));
                tracing::warn!(answer = known, "a message of the server is larger than the client allows");
            }
        }));
        if taken.is_err() {
            tracing::error!("a handler panicked while it took a message of the server: the message is lost");
        }
    }

    fn frame(&self, frame: &Bytes) {
        if self.policy.batches.load(Ordering::Relaxed)
            && let Some(batch) = split_batch(frame)
        {
            batch.iter().for_each(|frame| self.message(frame));
        } else {
            self.message(frame);
        }
    }

    fn message(&self, frame: &Bytes) {
        match jsonrpc::decode_leniently(frame, &self.json, |what| tracing::warn!("{what}")) {
            Ok(Message::Response(response)) => self.response(response),
            Ok(Message::Notification(notification)) => self.notification(notification),
            Ok(Message::Request(request)) => self.request(&request),
            Err(rejected) => self.rejected(frame, &rejected),
        }
    }

    fn response(&self, Response { id, outcome }: Response) {
        if !id.is_some_and(|id| self.pending.settle(&id, outcome)) {
            tracing::debug!("an answer that nobody waits for");
        }
    }

    fn notification(&self, notification: Notification) {
        // A server of the older kind speaks of its own requests by their ids, not of ours.
        if self.policy.answering.get().is_some_and(|answering| answering.notification(&notification)) {
            return;
        }
        if let Some(owner) = owner_of(&notification) {
            if !self.listeners.push(&owner, &notification) {
                self.pending.notify(&owner, notification);
            }
            return;
        }
        match read_notification(&notification) {
            Some(ServerNotification::Message(message)) => {
                if let Some(log) = self.policy.log.get() {
                    log.hear(message);
                }
            }
            event => {
                if let Some(change) = event.as_ref().and_then(Change::of) {
                    self.hub.push(&change);
                }
            }
        }
    }

    fn request(&self, request: &Request) {
        if !self.policy.answers.load(Ordering::Relaxed) {
            tracing::debug!(method = %shown(&request.method), "the server may not send requests");
            return;
        }
        let replies = PipeReplies(self.control.clone());
        if let Some(answering) = self.policy.answering.get() {
            return answering.request(request, &replies, None);
        }
        let mut answer = Vec::new();
        write_answer(&mut answer, request);
        replies.send_now(answer.into());
    }

    /// What is malformed costs only itself; an answer that can be told fails its request at once, so that nobody waits for
    /// what will not come.
    fn rejected(&self, frame: &Bytes, rejected: &Rejected) {
        if !matches!(rejected, Rejected::Response { .. })
            && let Some(response) = response_in(frame, &self.json)
        {
            tracing::debug!("an answer stands behind something else on its line");
            return self.response(response);
        }
        let reason = match rejected {
            Rejected::Answer { error, .. } => error.message(),
            Rejected::Response { reason, .. } | Rejected::Ignore { reason } => reason,
        };
        tracing::debug!(reason, "a message of the server cannot be read");
        if let Rejected::Response { id: Some(id), reason } = rejected {
            self.pending.fail(id, reason.as_ref());
        }
    }
}

/// Replies go before everything else that waits to be written.
#[derive(Clone)]
struct PipeReplies(mpsc::Sender<Bytes>);

impl Replies for PipeReplies {
    async fn send(&self, reply: Bytes) {
        if self.0.send(reply).await.is_err() {
            tracing::debug!("a question is answered of a server that is gone");
        }
    }

    /// A server that asks more than it reads answers to gets none.
    fn send_now(&self, reply: Bytes) {
        if self.0.try_send(reply).is_err() {
            tracing::warn!("a request of the server stays without answer: it does not read");
        }
    }
}

fn is_cut_off(frame: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(frame).is_err_and(|error| error.is_eof())
}

impl Drop for Reader {
    /// Also when the task is aborted or panics.
    fn drop(&mut self) {
        self.end.set("the connection to the server broke down");
        self.hang_up.cancel();
        self.policy.end_answering();
        self.pending.close();
    }
}
