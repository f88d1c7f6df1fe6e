//! The clock of one call.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use mcp_core::sync::lock;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use crate::error::{Error, Result};

/// The deadlines of one call: one that progress moves, and one that it does not (2026-07-28, cancellation, *Timeouts*).
/// Clones are the same clock: a call has one, from its beginning to its end, whatever is tried on its behalf in between.
///
/// It stands still while this client itself answers what the server wants to know for the call ([`Clock::pause`]): the
/// server cannot help how long that takes. How long it may stand still altogether is bounded.
///
/// ```text
///          ┌── pause ──► stands still (both deadlines move) ── the last pause ends ──┐
/// start ─► runs ◄────────────────────────────────────────────────────────────────────┘
///          └── the nearer deadline passes, or it has stood still for too long ─► expired
/// ```
#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<Face>);

#[derive(Debug)]
struct Face {
    patience: Duration,
    started: Instant,
    hands: Mutex<Hands>,
    /// Somebody waits for a deadline that has come nearer: the clock runs again.
    resumed: Notify,
}

#[derive(Debug)]
struct Hands {
    until: Instant,
    end: Instant,
    pauses: usize,
    paused_at: Instant,
    stood_still: Duration,
    /// How much longer it may stand still.
    still_left: Duration,
}

/// Beyond a century the arithmetic of clocks may overflow, and nobody can tell the difference.
const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl Clock {
    /// Starts a clock that is never to stand still.
    #[cfg(any(feature = "http", test))]
    pub(crate) fn start(patience: Duration, max: Duration) -> Self {
        Self::start_pausable(patience, max, Duration::ZERO)
    }

    /// Starts a clock that may stand still for as long as `still` in all.
    pub(crate) fn start_pausable(patience: Duration, max: Duration, still: Duration) -> Self {
        let started = Instant::now();
        let max = max.max(patience).min(CENTURY);
        let hands = Hands {
            until: started + patience.min(max),
            end: started + max,
            pauses: 0,
            paused_at: started,
            stood_still: Duration::ZERO,
            still_left: still.min(CENTURY),
        };
        Self(Arc::new(Face { patience, started, hands: Mutex::new(hands), resumed: Notify::new() }))
    }

    /// When the call is given up, if nothing happens until then. It may come nearer when a pause ends.
    pub(crate) fn deadline(&self) -> Instant {
        lock(&self.0.hands).deadline()
    }

    /// Something happened: the request deserves as much time again, up to its end.
    pub(crate) fn progress(&self) {
        let mut hands = lock(&self.0.hands);
        let now = if hands.pauses > 0 { hands.paused_at } else { Instant::now() };
        hands.until = hands.end.min(now + self.0.patience.min(CENTURY));
    }

    /// How long it has been running.
    pub(crate) fn elapsed(&self) -> Duration {
        let hands = lock(&self.0.hands);
        let now = if hands.pauses > 0 { hands.paused_at } else { Instant::now() };
        now.duration_since(self.0.started).saturating_sub(hands.stood_still)
    }

    /// Stands still until the guard, and every other, is dropped.
    pub(crate) fn pause(&self) -> Pause {
        let mut hands = lock(&self.0.hands);
        if hands.pauses == 0 {
            hands.paused_at = Instant::now();
        }
        hands.pauses += 1;
        Pause(self.0.clone())
    }

    /// Returns when the call has to be given up.
    pub(crate) async fn expired(&self) {
        loop {
            let resumed = self.0.resumed.notified();
            let deadline = self.deadline();
            if deadline <= Instant::now() {
                return;
            }
            tokio::select! {
                () = sleep_until(deadline) => {}
                () = resumed => {}
            }
        }
    }

    /// Awaits a step of the request `what` until its deadline.
    pub(crate) async fn within<T>(&self, what: &str, step: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            result = step => result,
            () = self.expired() => Err(Error::timeout(what, self.elapsed())),
        }
    }
}

impl Hands {
    fn deadline(&self) -> Instant {
        if self.pauses > 0 { self.until + self.still_left } else { self.until }
    }
}

/// A clock that stands still.
#[derive(Debug)]
#[must_use = "the clock runs again when it is dropped"]
pub(crate) struct Pause(Arc<Face>);

impl Drop for Pause {
    fn drop(&mut self) {
        let mut hands = lock(&self.0.hands);
        hands.pauses -= 1;
        if hands.pauses > 0 {
            return;
        }
        let still = hands.paused_at.elapsed().min(hands.still_left);
        hands.still_left -= still;
        hands.stood_still += still;
        hands.until += still;
        hands.end += still;
        drop(hands);
        self.0.resumed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn progress_moves_one_deadline_and_not_the_other() {
        let clock = Clock::start(SECOND, SECOND);
        let first = clock.deadline();
        clock.progress();
        assert_eq!(clock.deadline(), first);
        let clock = Clock::start(SECOND, Duration::MAX);
        let first = clock.deadline();
        std::thread::sleep(Duration::from_millis(2));
        clock.progress();
        assert!(clock.deadline() > first);
    }

    #[tokio::test(start_paused = true)]
    async fn it_stands_still_while_it_is_paused_and_then_has_as_much_time_left_as_before() {
        let clock = Clock::start_pausable(SECOND * 10, SECOND * 20, SECOND * 100);
        let begun = Instant::now();
        tokio::time::sleep(SECOND * 4).await;
        let (pause, other) = (clock.pause(), clock.clone().pause());
        let wait = tokio::spawn({
            let clock = clock.clone();
            async move { clock.expired().await }
        });
        tokio::time::sleep(SECOND * 30).await;
        assert_eq!(clock.elapsed(), SECOND * 4);
        drop(pause);
        tokio::time::sleep(SECOND * 30).await;
        assert!(!wait.is_finished(), "one pause is left");
        drop(other);
        wait.await.unwrap();
        assert_eq!((clock.elapsed(), begun.elapsed()), (SECOND * 10, SECOND * 70));
        // The end has moved, too.
        clock.progress();
        assert_eq!(clock.deadline(), begun + SECOND * 80);
    }

    #[tokio::test(start_paused = true)]
    async fn it_does_not_stand_still_for_ever() {
        let clock = Clock::start_pausable(SECOND * 10, SECOND * 20, SECOND * 5);
        let begun = Instant::now();
        let first = clock.pause();
        tokio::time::sleep(SECOND * 3).await;
        drop(first);
        let _second = clock.pause();
        clock.expired().await;
        assert_eq!(begun.elapsed(), SECOND * 15);
        let none = Clock::start(SECOND, SECOND);
        let _pause = none.pause();
        none.expired().await;
        assert_eq!(begun.elapsed(), SECOND * 16);
    }
}
