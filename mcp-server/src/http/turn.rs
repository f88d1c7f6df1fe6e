//! Whose turn it is.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Notify;

/// A lock that is handed to nobody: whoever waits looks again when it is free. One who waits and is not polled any more,
/// as the stream of a client that reads nothing, keeps it from no other.
#[derive(Default)]
pub(crate) struct Turn {
    is_taken: AtomicBool,
    /// Told when it is free.
    ended: Notify,
}

/// The turn, until it is dropped.
pub(super) struct Taken(Arc<Turn>);

impl Turn {
    /// The turn, if nobody has it.
    pub(super) fn try_take(self: &Arc<Self>) -> Option<Taken> {
        (!self.is_taken.swap(true, Ordering::Acquire)).then(|| Taken(self.clone()))
    }

    /// Waits for the turn. Cancel-safe.
    pub(super) async fn take(self: Arc<Self>) -> Taken {
        loop {
            // Made before looking, so that an end in between is heard.
            let ended = self.ended.notified();
            if let Some(taken) = self.try_take() {
                return taken;
            }
            ended.await;
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.is_taken.store(false, Ordering::Release);
        self.0.ended.notify_waiters();
    }
}
