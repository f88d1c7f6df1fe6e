//! Handlers that block a thread.

use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

use crate::lifecycle::AbortOnDrop;

/// Runs work that blocks on a thread where it may, as `#[tool(blocking)]` does.
///
/// Work that has begun goes on when the call is cancelled; work that still waits for a thread is dropped then.
/// A panic in `work` continues here. Must be polled inside a tokio runtime, which a server's handlers always are.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let span = tracing::Span::current();
    let handle = spawn_blocking(move || span.in_scope(work));
    let _abort = AbortOnDrop::new(&handle);
    match handle.await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is going down and has dropped the work: nobody will read an answer.
            Err(_) => std::future::pending().await,
        },
    }
}
