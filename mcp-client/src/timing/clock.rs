//! The clock of one request.

use std::time::Duration;

use tokio::time::Instant;
#[cfg(feature = "http")]
use tokio::time::timeout_at;

#[cfg(feature = "http")]
use crate::error::{Error, Result};

/// The deadlines of one request: one that progress moves, and one that nothing moves (2026-07-28, cancellation,
/// *Timeouts*).
#[derive(Debug)]
pub(crate) struct Clock {
    patience: Duration,
    until: Instant,
    end: Instant,
    started: Instant,
}

impl Clock {
    pub(crate) fn start(patience: Duration, max: Duration) -> Self {
        let started = Instant::now();
        // Beyond a century the arithmetic of clocks may overflow, and nobody can tell the difference.
        let century = Duration::from_secs(100 * 365 * 24 * 3600);
        let max = max.max(patience).min(century);
        Self { patience, until: started + patience.min(max), end: started + max, started }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.until
    }

    /// Something happened: the request deserves as much time again, up to its end.
    pub(crate) fn progress(&mut self) {
        self.until = self.end.min(Instant::now() + self.patience);
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Awaits a step of the request `what` until its deadline.
    #[cfg(feature = "http")]
    pub(crate) async fn within<T>(&self, what: &str, step: impl Future<Output = Result<T>>) -> Result<T> {
        match timeout_at(self.until, step).await {
            Ok(result) => result,
            Err(_) => Err(Error::timeout(what, self.elapsed())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_moves_one_deadline_and_not_the_other() {
        let mut clock = Clock::start(Duration::from_secs(1), Duration::from_secs(1));
        let first = clock.deadline();
        clock.progress();
        assert_eq!(clock.deadline(), first);
        let mut clock = Clock::start(Duration::from_secs(1), Duration::MAX);
        let first = clock.deadline();
        std::thread::sleep(Duration::from_millis(2));
        clock.progress();
        assert!(clock.deadline() > first);
    }
}
