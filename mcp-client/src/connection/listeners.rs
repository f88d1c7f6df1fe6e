//! Who listens to what belongs to a request of ours: changes go to their feed where they are read, whoever polls.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use mcp_core::{
    era::read_notification,
    jsonrpc::{Notification, RequestId},
    sync::lock,
};

use crate::changes::{Change, Feed};

/// The feeds of requests that stay open to hear of changes.
#[derive(Debug, Default)]
pub(super) struct Listeners(Mutex<HashMap<RequestId, Arc<Feed>>>);

impl Listeners {
    pub(super) fn add(&self, id: RequestId, feed: Arc<Feed>) {
        lock(&self.0).insert(id, feed);
    }

    pub(super) fn remove(&self, id: &RequestId) {
        lock(&self.0).remove(id);
    }

    /// Hands a change to the feed of the request that it belongs to. `false` if it is no change, or nobody's.
    pub(super) fn push(&self, owner: &RequestId, notification: &Notification) -> bool {
        let Some(feed) = lock(&self.0).get(owner).cloned() else { return false };
        let Some(change) = read_notification(notification).as_ref().and_then(Change::of) else { return false };
        feed.push(change);
        true
    }
}
