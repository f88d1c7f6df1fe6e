//! Says when a child may have ended, without waiting for it: whoever waits reaps, and frees its number.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How often to look where nothing tells.
const LOOK: std::time::Duration = std::time::Duration::from_millis(100);

/// Signals that a child of this process has ended, whichever it was.
pub(super) struct Exits {
    #[cfg(unix)]
    signals: Option<Signal>,
}

impl Exits {
    /// From now on no end is missed.
    pub(super) fn watch() -> Self {
        Self {
            #[cfg(unix)]
            signals: signal(SignalKind::child()).ok(),
        }
    }

    /// Waits until it is worth looking again.
    pub(super) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signals) = &mut self.signals
            && signals.recv().await.is_some()
        {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}
