//! The end of a connection: when it was, and why.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_core::future::BoxFuture;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// How long an error waits for what becomes known of the end that it tells of.
const KNOWN_SOON: Duration = Duration::from_secs(1);

/// What is known about the end of a connection. Clones are the same; none of them keeps the connection open.
#[derive(Debug, Clone, Default)]
pub(crate) struct End(Arc<State>);

#[derive(Debug, Default)]
struct State {
    over: CancellationToken,
    by_us: AtomicBool,
    why: OnceLock<String>,
}

impl End {
    /// The connection is over. The first reason counts.
    pub(super) fn set(&self, why: impl Into<String>) {
        let _ = self.0.why.set(why.into());
        self.0.over.cancel();
    }

    /// This side ends it, if it has not ended: what is in flight is cancelled.
    pub(super) fn set_by_us(&self) {
        if !self.is_over() {
            self.0.by_us.store(true, Ordering::Release);
        }
        self.set("the client is closed: connect again");
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.over.is_cancelled()
    }

    /// Waits for the end, and says why it came.
    pub(crate) async fn reached(&self) -> Error {
        self.0.over.cancelled().await;
        self.error()
    }

    /// The same, to be kept beside something else.
    pub(crate) fn reached_later(&self) -> BoxFuture<'static, Error> {
        let end = self.clone();
        Box::pin(async move { end.reached().await })
    }

    /// Why nothing can be asked any more.
    pub(crate) fn error(&self) -> Error {
        Error::closed(self.0.why.get().cloned().unwrap_or_else(|| "the server does not read any more".to_owned()))
    }

    /// What to tell a request that was in flight. What is known of the end may come a moment after the end is felt.
    pub(super) async fn in_flight(&self) -> Error {
        let _ = timeout(KNOWN_SOON, self.0.over.cancelled()).await;
        self.in_flight_now()
    }

    /// The same, once it is over.
    pub(super) fn in_flight_now(&self) -> Error {
        if self.0.by_us.load(Ordering::Acquire) { Error::cancelled() } else { self.error() }
    }
}
