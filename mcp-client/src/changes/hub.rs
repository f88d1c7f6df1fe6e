//! Gives each change to all who listen.

use std::sync::{Arc, Mutex, Weak};

use mcp_core::sync::lock;

use super::{Change, Feed};
use crate::error::Error;

/// The feeds of those who listen to what a server sends to everybody.
#[derive(Debug, Default)]
pub(crate) struct Hub(Mutex<Feeds>);

#[derive(Debug, Default)]
struct Feeds {
    feeds: Vec<Arc<Feed>>,
    closed: Option<Error>,
}

impl Hub {
    /// Adds a feed for as long as the guard lives.
    pub(crate) fn attach(self: &Arc<Self>, feed: Arc<Feed>) -> Attached {
        let mut feeds = lock(&self.0);
        match &feeds.closed {
            Some(why) => feed.close(why),
            None => feeds.feeds.push(feed.clone()),
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
    pub(crate) fn end_feeds(&self, why: &Error) {
        for feed in lock(&self.0).feeds.drain(..) {
            feed.close(why);
        }
    }

    /// Ends those who listen to a resource; they may listen to others, too, but do not get all that they wanted.
    #[cfg(feature = "http")]
    pub(crate) fn end_those_of(&self, uri: &str, why: &Error) {
        lock(&self.0).feeds.retain(|feed| {
            let ends = feed.uris().iter().any(|wanted| wanted == uri);
            if ends {
                feed.close(why);
            }
            !ends
        });
    }

    /// Ends those who listen, and whoever would.
    #[cfg(feature = "http")]
    pub(crate) fn close(&self, why: &Error) {
        let mut feeds = lock(&self.0);
        feeds.closed.get_or_insert_with(|| why.clone());
        for feed in feeds.feeds.drain(..) {
            feed.close(why);
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
    fn a_feed_keeps_each_wanted_change_once_and_tells_of_the_whole_beyond_its_bound() {
        let hub = Arc::new(Hub::default());
        let feed = Feed::new(Changes::none().tools().resource("a:b"), 2);
        let attached = hub.attach(feed.clone());
        let part = |name: &str| Change::Resource(format!("a:b/{name}"));
        for change in [Change::Tools, Change::Prompts, Change::Tools, part("1"), part("1"), part("2"), part("3")] {
            hub.push(&change);
        }
        let taken: Vec<_> = std::iter::from_fn(|| take(&feed)).collect();
        assert_eq!(taken, [Change::Tools, part("1"), Change::Resource("a:b".into())]);
        hub.push(&part("1"));
        assert_eq!(take(&feed), Some(part("1")), "what was taken may change again");
        assert_eq!(hub.uris(), ["a:b"]);
        assert_eq!(attached.detach(), ["a:b"]);
        hub.push(&Change::Tools);
        assert_eq!(take(&feed), None);
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_feed_ends_with_the_first_reason() {
        let hub = Arc::new(Hub::default());
        let feed = Feed::new(Changes::all(), 2);
        let _attached = hub.attach(feed.clone());
        hub.push(&Change::Tools);
        hub.close(&Error::closed("first"));
        hub.close(&Error::closed("second"));
        hub.push(&Change::Prompts);
        assert_eq!(take(&feed), Some(Change::Tools));
        assert_eq!(take(&feed), None);
        assert_eq!(feed.ended().unwrap().to_string(), "first");
        let late = Feed::new(Changes::all(), 2);
        let _attached = hub.attach(late.clone());
        assert_eq!(late.ended().unwrap().to_string(), "first");
    }
}
