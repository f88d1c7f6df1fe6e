//! The calls that are running for one peer, so that it can cancel them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mcp_core::jsonrpc::RequestId;
use tokio::sync::Notify;

/// The running calls of one peer, by an exchange id of our own: peers reuse their ids while they are in flight.
#[derive(Default)]
pub(super) struct Inflight {
    table: Mutex<Table>,
    /// Told when the last call has ended.
    emptied: Notify,
}

#[derive(Default)]
struct Table {
    next: u64,
    running: HashMap<u64, (RequestId, Arc<Notify>)>,
}

/// A running call; dropped when it ends.
pub(super) struct Running {
    exchange: u64,
    inflight: Arc<Inflight>,
    cancel: Arc<Notify>,
}

impl Inflight {
    /// Notes a call as running.
    pub(super) fn enter(self: &Arc<Self>, id: &RequestId) -> Running {
        let cancel = Arc::new(Notify::new());
        let mut table = self.lock();
        let exchange = table.next;
        table.next += 1;
        table.running.insert(exchange, (id.clone(), cancel.clone()));
        drop(table);
        Running { exchange, inflight: self.clone(), cancel }
    }

    /// Cancels every running call that the peer knows by this id; unknown ids are ignored (CANC-011).
    pub(super) fn cancel(&self, id: &RequestId) {
        for (_, cancel) in self.lock().running.values().filter(|(running, _)| running == id) {
            cancel.notify_one();
        }
    }

    /// Cancels everything: the peer is gone.
    pub(super) fn cancel_all(&self) {
        for (_, cancel) in self.lock().running.values() {
            cancel.notify_one();
        }
    }

    /// Waits until no call is running.
    pub(super) async fn idle(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.lock().running.is_empty() {
                return;
            }
            emptied.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Completes when the peer cancels the call. Cancel-safe.
    pub(super) async fn cancelled(&self) {
        self.cancel.notified().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut table = self.inflight.lock();
        table.running.remove(&self.exchange);
        if table.running.is_empty() {
            self.inflight.emptied.notify_waiters();
        }
    }
}
