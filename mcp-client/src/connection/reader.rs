//! Reads what the server sends and gives each message to whom it belongs.

use std::{
    future::Future,
    sync::{Arc, atomic::Ordering},
};

use bytes::Bytes;
use mcp_core::{
    era::{owner_of, read_notification, split_batch, write_answer},
    error::shown,
    jsonrpc::{self, Message, Notification, Outline, Rejected, Request, Response},
    model::ServerNotification,
    peer::Pending,
};
use tokio::sync::mpsc;

use super::{policy::PeerPolicy, process::ProcessHandle};
use crate::changes::{Change, Hub};

/// One thing that was read.
#[derive(Debug)]
pub(crate) enum Read {
    /// A frame.
    Frame(Bytes),
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
    pub(super) policy: Arc<PeerPolicy>,
    pub(super) control: mpsc::Sender<Bytes>,
    pub(super) json: jsonrpc::Limits,
}

impl Reader {
    /// Reads until the server closes its side. Then every request fails at once, and what the server leaves
    /// behind is cleaned up.
    pub(super) async fn run(self, mut source: impl Source, process: Option<Arc<dyn ProcessHandle>>) {
        while let Some(read) = source.read().await {
            match read {
                Read::Frame(frame) => self.frame(&frame),
                Read::TooLong(outline) => {
                    let known = outline.response_id();
                    let known = known.is_some_and(|id| self.pending.fail(id, "it is larger than the client allows"));
                    tracing::warn!(answer = known, "a message of the server is larger than the client allows");
                }
            }
        }
        drop(self);
        if let Some(process) = process {
            process.stop().await;
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
        match jsonrpc::decode(frame, &self.json) {
            Ok(Message::Response(response)) => self.response(response),
            Ok(Message::Notification(notification)) => self.notification(notification),
            Ok(Message::Request(request)) => self.request(&request),
            Err(rejected) => self.rejected(&rejected),
        }
    }

    fn response(&self, Response { id, outcome }: Response) {
        if !id.is_some_and(|id| self.pending.settle(&id, outcome)) {
            tracing::debug!("an answer that nobody waits for");
        }
    }

    fn notification(&self, notification: Notification) {
        if let Some(owner) = owner_of(&notification) {
            self.pending.notify(&owner, notification);
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
        // A server that asks more than it reads answers to gets none.
        let mut answer = Vec::new();
        write_answer(&mut answer, request);
        let _ = self.control.try_send(Bytes::from(answer));
    }

    /// What is malformed costs only itself; an answer that can be told fails its request at once, so that nobody waits for
    /// what will not come.
    fn rejected(&self, rejected: &Rejected) {
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

impl Drop for Reader {
    /// Also when the task is aborted or panics.
    fn drop(&mut self) {
        self.pending.close();
        self.hub.close();
    }
}
