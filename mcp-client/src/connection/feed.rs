//! Changes on their way to those who want to know them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
};

use super::{Change, Changes};

/// Changes that one subscription has not taken yet, each of them once.
#[derive(Debug)]
pub(crate) struct Feed {
    wanted: Changes,
    max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Change>,
    closed: bool,
    waker: Option<Waker>,
}

impl Feed {
    pub(crate) fn new(wanted: Changes, max: usize) -> Arc<Self> {
        Arc::new(Self { wanted, max: max.max(1), state: Mutex::default() })
    }

    /// Adds a change that is wanted and not waiting already.
    pub(crate) fn push(&self, change: Change) {
        if !self.wanted.wants(&change) {
            return;
        }
        let mut state = lock(&self.state);
        if state.closed || state.waiting.contains(&change) {
            return;
        }
        if state.waiting.len() >= self.max {
            tracing::warn!("a subscription does not keep up: the oldest change is lost");
            state.waiting.pop_front();
        }
        state.waiting.push_back(change);
        wake(state);
    }

    /// Adds everything wanted: what changed while nobody listened is unknown.
    pub(crate) fn push_all(&self) {
        for change in self.wanted.each() {
            self.push(change);
        }
    }

    /// Nothing more will come; what waits can still be taken.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        wake(state);
    }

    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<Change>> {
        let mut state = lock(&self.state);
        if let Some(change) = state.waiting.pop_front() {
            return Poll::Ready(Some(change));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// The feeds of those who listen to what a server sends to everybody.
#[derive(Debug, Default)]
pub(crate) struct Hub(Mutex<Feeds>);

#[derive(Debug, Default)]
struct Feeds {
    feeds: Vec<Arc<Feed>>,
    closed: bool,
}

impl Hub {
    /// Adds a feed for as long as the guard lives.
    pub(crate) fn attach(self: &Arc<Self>, feed: Arc<Feed>) -> Attached {
        let mut feeds = lock(&self.0);
        if feeds.closed {
            feed.close();
        } else {
            feeds.feeds.push(feed.clone());
        }
        Attached { hub: Arc::downgrade(self), feed }
    }

    pub(crate) fn push(&self, change: &Change) {
        for feed in &lock(&self.0).feeds {
            feed.push(change.clone());
        }
    }

    /// As if everything had changed.
    #[cfg(feature = "http")]
    pub(crate) fn push_all(&self) {
        for feed in &lock(&self.0).feeds {
            feed.push_all();
        }
    }

    /// The resources that somebody wants to know about.
    pub(crate) fn uris(&self) -> Vec<String> {
        let mut uris: Vec<String> = lock(&self.0).feeds.iter().flat_map(|feed| feed.wanted.uris().to_vec()).collect();
        uris.sort_unstable();
        uris.dedup();
        uris
    }

    #[cfg(feature = "http")]
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.0).feeds.is_empty()
    }

    /// Ends those who listen now; others may come.
    #[cfg(feature = "http")]
    pub(crate) fn end_feeds(&self) {
        for feed in lock(&self.0).feeds.drain(..) {
            feed.close();
        }
    }

    pub(crate) fn close(&self) {
        let mut feeds = lock(&self.0);
        feeds.closed = true;
        for feed in feeds.feeds.drain(..) {
            feed.close();
        }
    }
}

/// A feed that is attached to a hub.
#[derive(Debug)]
#[must_use = "dropping it detaches the feed"]
pub(crate) struct Attached {
    hub: Weak<Hub>,
    feed: Arc<Feed>,
}

impl Attached {
    /// Detaches the feed, and names its resources that nobody else listens to.
    pub(crate) fn detach(&self) -> Vec<String> {
        let Some(hub) = self.hub.upgrade() else { return Vec::new() };
        lock(&hub.0).feeds.retain(|feed| !Arc::ptr_eq(feed, &self.feed));
        let still = hub.uris();
        self.feed.wanted.uris().iter().filter(|uri| !still.contains(uri)).cloned().collect()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.detach();
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Values under these locks are whole at every step, so a poisoned lock is still good.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(feed: &Feed) -> Option<Change> {
        match feed.poll_next(&Context::from_waker(Waker::noop())) {
            Poll::Ready(change) => change,
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_feed_keeps_each_wanted_change_once_and_gives_up_the_oldest() {
        let hub = Arc::new(Hub::default());
        let feed = Feed::new(Changes::none().tools().resource("a:"), 2);
        let attached = hub.attach(feed.clone());
        for change in [Change::Tools, Change::Prompts, Change::Tools, Change::Resource("a:1".into())] {
            hub.push(&change);
        }
        hub.push(&Change::Resource("a:2".into()));
        assert_eq!(take(&feed), Some(Change::Resource("a:1".into())));
        assert_eq!(take(&feed), Some(Change::Resource("a:2".into())));
        assert_eq!(hub.uris(), ["a:"]);
        assert_eq!(attached.detach(), ["a:"]);
        hub.push(&Change::Tools);
        assert_eq!(take(&feed), None);
    }
}
