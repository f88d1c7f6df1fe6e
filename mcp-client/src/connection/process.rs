//! What a connection needs of the process at its other end.

use futures_core::future::BoxFuture;

/// What lives and dies with a connection: a child process.
pub(crate) trait ProcessHandle: Send + Sync {
    /// Resolves when it has ended, whatever its pipes say.
    fn exited(&self) -> BoxFuture<'_, ()>;

    /// Ends it at once, without waiting for anything. Idempotent.
    fn kill(&self);

    /// Ends it in good order, and by force if that does not help. Idempotent.
    fn stop(&self) -> BoxFuture<'_, ()>;

    /// What is known about its end, for the text of an error. Waits a moment for it to end.
    fn post_mortem(&self) -> BoxFuture<'_, String>;
}
