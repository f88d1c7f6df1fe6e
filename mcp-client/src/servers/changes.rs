//! News of all servers in one stream.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, Weak},
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use mcp_core::sync::lock;

use crate::changes::Change;

/// Something about one server is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerChange {
    /// The server's name in the set.
    pub server: String,
    /// What it is.
    pub news: ServerNews,
}

/// What is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerNews {
    /// Its state: ask [`Servers::state`](crate::Servers::state).
    State,
    /// Something that it offers.
    Change(Change),
}

/// News of all servers of a set, as a stream. Each waits once until it is taken, so what waits is bounded by what there is.
pub struct ServersChanges(Arc<Queue>);

#[derive(Default)]
struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    news: VecDeque<ServerChange>,
    ended: bool,
    waker: Option<Waker>,
}

impl ServersChanges {
    /// The next, or `None` when the set is closed.
    ///
    /// Cancel-safe: nothing is lost.
    pub async fn next(&mut self) -> Option<ServerChange> {
        poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Option<ServerChange>> {
        let mut waiting = lock(&self.0.0);
        match waiting.news.pop_front() {
            Some(change) => Poll::Ready(Some(change)),
            None if waiting.ended => Poll::Ready(None),
            None => {
                waiting.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Stream for ServersChanges {
    type Item = ServerChange;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<ServerChange>> {
        self.poll(cx)
    }
}

impl fmt::Debug for ServersChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServersChanges").finish_non_exhaustive()
    }
}

/// Tells all streams of a set.
#[derive(Default)]
pub(super) struct Teller(Mutex<Streams>);

#[derive(Default)]
struct Streams {
    queues: Vec<Weak<Queue>>,
    ended: bool,
}

impl Teller {
    pub(super) fn stream(&self) -> ServersChanges {
        let queue = Arc::new(Queue::default());
        let mut streams = lock(&self.0);
        lock(&queue.0).ended = streams.ended;
        streams.queues.retain(|queue| queue.strong_count() > 0);
        streams.queues.push(Arc::downgrade(&queue));
        ServersChanges(queue)
    }

    pub(super) fn tell(&self, server: &str, news: &ServerNews) {
        let change = ServerChange { server: server.to_owned(), news: news.clone() };
        self.each(|waiting| {
            if !waiting.news.contains(&change) {
                waiting.news.push_back(change.clone());
            }
        });
    }

    pub(super) fn end(&self) {
        lock(&self.0).ended = true;
        self.each(|waiting| waiting.ended = true);
    }

    fn each(&self, change: impl Fn(&mut Waiting)) {
        let queues: Vec<_> = lock(&self.0).queues.iter().filter_map(Weak::upgrade).collect();
        for queue in queues {
            let mut waiting = lock(&queue.0);
            change(&mut waiting);
            let waker = waiting.waker.take();
            drop(waiting);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.end();
    }
}
