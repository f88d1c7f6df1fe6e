//! What a subscription consists of, whichever era supplies it.

use std::{any::Any, sync::Arc};

use futures_core::future::BoxFuture;

use crate::{
    changes::{Changes, Feed},
    error::Error,
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
