//! The calls that are running for one peer, so that it can cancel them.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use mcp_core::{jsonrpc::RequestId, sync::lock};
use tokio::sync::Notify;

/// The running calls of one peer, each in a place of its own: peers reuse their ids while they are in flight.
#[derive(Default)]
pub(super) struct Inflight {
    table: Mutex<Table>,
    /// Told when the last call has ended.
    emptied: Notify,
}

#[derive(Default)]
struct Table {
    places: Vec<Option<Entry>>,
    /// Whoever enters now is cancelled at once.
    is_closed: bool,
    free: Vec<usize>,
}

struct Entry {
    id: RequestId,
    is_cancelled: bool,
    /// Of whoever runs the call, once it has to wait.
    waker: Option<Waker>,
}

/// A running call; dropped when it ends.
pub(super) struct Running {
    place: usize,
    inflight: Arc<Inflight>,
}

impl Inflight {
    /// Notes a call as running.
    pub(super) fn enter(self: &Arc<Self>, id: &RequestId) -> Running {
        let mut table = self.lock();
        let Table { places, free, is_closed } = &mut *table;
        let entry = Some(Entry { id: id.clone(), is_cancelled: *is_closed, waker: None });
        let free = free.pop().and_then(|place| places.get_mut(place).map(|empty| (place, empty)));
        let place = match free {
            Some((place, empty)) => {
                *empty = entry;
                place
            }
            None => {
                places.push(entry);
                places.len() - 1
            }
        };
        drop(table);
        Running { place, inflight: self.clone() }
    }

    /// Cancels every running call that the peer knows by this id; unknown ids are ignored.
    pub(super) fn cancel(&self, id: &RequestId) {
        self.cancel_those(|entry| entry.id == *id);
    }

    /// Whether a call that the peer knows by this id is running.
    pub(super) fn contains(&self, id: &RequestId) -> bool {
        self.lock().places.iter().flatten().any(|entry| entry.id == *id)
    }

    /// Cancels everything, also what comes later: the session is over.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.cancel_all();
    }

    /// Cancels everything: the peer is gone.
    pub(super) fn cancel_all(&self) {
        self.cancel_those(|_| true);
    }

    fn cancel_those(&self, is_meant: impl Fn(&Entry) -> bool) {
        let mut wakers = Vec::new();
        for entry in self.lock().places.iter_mut().flatten().filter(|entry| is_meant(entry)) {
            entry.is_cancelled = true;
            wakers.extend(entry.waker.take());
        }
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits until no call is running.
    pub(super) async fn idle(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.lock().is_empty() {
                return;
            }
            emptied.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        lock(&self.table)
    }
}

impl Table {
    fn is_empty(&self) -> bool {
        self.free.len() == self.places.len()
    }
}

impl Running {
    /// Runs `then` unless the call is cancelled, and lets nobody cancel it meanwhile: what it sends is sent before whatever
    /// follows a cancel, or not at all. `then` must use no table of running calls.
    pub(super) fn unless_cancelled(&self, then: impl FnOnce()) {
        let table = self.inflight.lock();
        if matches!(table.places.get(self.place), Some(Some(entry)) if !entry.is_cancelled) {
            then();
        }
    }

    /// Whether the peer has cancelled the call.
    #[cfg(feature = "http")]
    pub(super) fn is_cancelled(&self) -> bool {
        !matches!(self.inflight.lock().places.get(self.place), Some(Some(entry)) if !entry.is_cancelled)
    }

    /// Completes when the peer cancels the call; for the one task that runs it. Cancel-safe.
    pub(super) async fn cancelled(&self) {
        poll_fn(|cx| self.poll_cancelled(cx)).await;
    }

    /// Ready once the peer has cancelled the call.
    pub(super) fn poll_cancelled(&self, cx: &Context<'_>) -> Poll<()> {
        let mut table = self.inflight.lock();
        match table.places.get_mut(self.place) {
            Some(Some(entry)) if !entry.is_cancelled => {
                if entry.waker.as_ref().is_none_or(|waker| !waker.will_wake(cx.waker())) {
                    entry.waker = Some(cx.waker().clone());
                }
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut table = self.inflight.lock();
        let entry = table.places.get_mut(self.place).and_then(Option::take);
        table.free.push(self.place);
        if table.is_empty() {
            self.inflight.emptied.notify_waiters();
        }
        drop(table);
        // A waker may be the last hold on its task.
        drop(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_calls_of_that_id_are_cancelled_before_and_while_they_wait() {
        let inflight = Arc::new(Inflight::default());
        let [one, again, other] = [1, 1, 2].map(|id| inflight.enter(&RequestId::Number(id)));
        let waiting = tokio::spawn(async move { one.cancelled().await });
        tokio::task::yield_now().await;
        inflight.cancel(&RequestId::Number(1));
        waiting.await.unwrap();
        again.cancelled().await;
        inflight.cancel(&RequestId::Number(3));
        assert!(tokio::time::timeout(std::time::Duration::ZERO, other.cancelled()).await.is_err());
    }

    #[tokio::test]
    async fn a_place_is_taken_again_without_the_cancel_of_the_one_before() {
        let inflight = Arc::new(Inflight::default());
        let id = RequestId::Number(7);
        drop(inflight.enter(&id));
        let first = inflight.enter(&id);
        inflight.cancel_all();
        drop(first);
        let second = inflight.enter(&id);
        assert_eq!(inflight.lock().places.len(), 1);
        assert!(tokio::time::timeout(std::time::Duration::ZERO, second.cancelled()).await.is_err());
        let idle = tokio::spawn({
            let inflight = inflight.clone();
            async move { inflight.idle().await }
        });
        tokio::task::yield_now().await;
        assert!(!idle.is_finished());
        drop(second);
        idle.await.unwrap();
    }
}
