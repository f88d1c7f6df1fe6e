//! Gives each change to all who listen.

use std::sync::{Arc, Mutex, Weak};

use mcp_core::sync::lock;

use super::{Change, Feed};

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
        let mut uris: Vec<String> = lock(&self.0).feeds.iter().flat_map(|feed| feed.uris().to_vec()).collect();
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
        self.feed.uris().iter().filter(|uri| !still.contains(uri)).cloned().collect()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.detach();
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::changes::Changes;

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
