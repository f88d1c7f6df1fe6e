//! Signals that ask a program to end.

use super::error::{Result, ServeError};

/// Hears Ctrl-C and SIGTERM from the moment it is made, and keeps them from ending the process by themselves.
pub(super) struct Termination {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(not(unix))]
    signals: [tokio::signal::windows::CtrlC; 1],
}

impl Termination {
    #[cfg(unix)]
    pub(super) fn listen() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |error| ServeError::io("cannot listen for signals", error);
        let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        Ok(Self { signals: [interrupt.map_err(failed)?, terminate.map_err(failed)?] })
    }

    #[cfg(not(unix))]
    pub(super) fn listen() -> Result<Self> {
        let failed = |error| ServeError::io("cannot listen for Ctrl-C", error);
        Ok(Self { signals: [tokio::signal::windows::ctrl_c().map_err(failed)?] })
    }

    /// Completes at the next signal. Cancel-safe. Signals of one kind that come together may count as one.
    pub(super) async fn asked(&mut self) {
        std::future::poll_fn(|cx| {
            let asked = self.signals.iter_mut().any(|signal| signal.poll_recv(cx).is_ready());
            if asked { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}
