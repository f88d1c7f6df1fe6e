//! Signals that ask a program to end.

use super::error::{Result, ServeError};

/// Completes at Ctrl-C or SIGTERM. Listens from the moment it returns, before the first poll of the future.
pub(super) fn termination() -> Result<impl Future<Output = ()> + Send> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |error| ServeError::io("cannot listen for signals", error);
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        let mut interrupt =
            tokio::signal::windows::ctrl_c().map_err(|error| ServeError::io("cannot listen for Ctrl-C", error))?;
        Ok(async move {
            interrupt.recv().await;
        })
    }
}
