//! What a subscription consists of, whichever era supplies it.

use std::{
    any::Any,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::future::BoxFuture;
use mcp_core::era::codes;

use crate::{
    changes::{Changes, Feed},
    error::{Error, Result},
};

/// A subscription as an era supplies it.
pub(crate) struct Listening {
    pub(crate) feed: Arc<Feed>,
    /// What the server agreed to send (2026-07-28, subscriptions, *Acknowledgment*), or is known to.
    pub(crate) agreed: Changes,
    /// Keeps the feed filled while it is polled; ends when nothing more will come, and says why.
    pub(crate) driver: Option<BoxFuture<'static, Error>>,
    /// Ends the subscription when it is dropped.
    pub(crate) _guard: Option<Box<dyn Any + Send + Sync>>,
}

/// A subscription as it is opened.
pub(crate) enum Listened {
    /// One that lasts no longer than its connection, and what the server agreed to send.
    Passing(Box<dyn ChangeStream>, Changes),
    /// One that is opened again by itself.
    #[cfg(feature = "http")]
    Lasting(Listening),
}

/// A subscription on a pipe, whose changes go to a feed where they are read. Dropping it tells the server.
pub(crate) trait ChangeStream: Send {
    /// Resolves when no more changes come: the server has ended the subscription, or the connection is over.
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>>;
}

/// What a server answers that refuses a subscription for good.
const FINAL: [u16; 6] = [400, 401, 403, 404, 405, 410];

/// Whether a subscription that could not be opened need not be tried again.
pub(crate) fn is_final(error: &Error) -> bool {
    error.is_closed()
        || error.is_cancelled()
        || error.http_status().is_some_and(|status| FINAL.contains(&status))
        || error.rejection().is_some_and(|rejection| rejection.code != codes::INTERNAL)
}
