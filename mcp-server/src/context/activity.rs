//! The clock of one call: when it last showed a sign of life, and how long it has stood still.

use std::{
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use mcp_core::sync::lock;

use tokio::time::Instant;

/// When a call last did something, as far as its deadline is concerned. The clock stands still while the call waits for
/// its client: whose time that is, is not the handler's to answer for.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    times: Mutex<Times>,
}

/// What most calls leave as it is: nothing here asks for the time before something happens.
#[derive(Debug, Default)]
struct Times {
    /// The last sign of life after the beginning.
    last: Option<Instant>,
    waits: Waits,
    /// How long it has waited before.
    stood: Duration,
}

/// How many things the call waits for, and since when it waits for any.
#[derive(Debug, Default)]
enum Waits {
    #[default]
    None,
    Some {
        count: usize,
        since: Instant,
    },
}

/// The clock stands for as long as this lives.
#[must_use = "dropping it lets the clock go on"]
pub(crate) struct Standing<'a>(&'a Activity);

impl Activity {
    /// A sign of life.
    pub(crate) fn touch(&self) {
        self.lock().last = Some(Instant::now());
    }

    /// Stops the clock; with each of several waits, until the last is over.
    pub(crate) fn stop(&self) -> Standing<'_> {
        let mut times = self.lock();
        times.waits = match times.waits {
            Waits::None => Waits::Some { count: 1, since: Instant::now() },
            Waits::Some { count, since } => Waits::Some { count: count + 1, since },
        };
        drop(times);
        Standing(self)
    }

    /// The end of a call that began at `started`: so long after its last sign of life, and so long at all.
    pub(crate) fn end(&self, started: Instant, quiet: Duration, total: Duration) -> Instant {
        let times = self.lock();
        let (last, stands) = match times.waits {
            Waits::None => (times.last.map_or(started, |last| last.max(started)), Duration::ZERO),
            Waits::Some { since, .. } => {
                let now = Instant::now();
                (now, now - since)
            }
        };
        (last + quiet).min(started + times.stood + stands + total)
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        lock(&self.times)
    }
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        let mut times = self.0.lock();
        let Waits::Some { count, since } = times.waits else { return };
        if count > 1 {
            times.waits = Waits::Some { count: count - 1, since };
            return;
        }
        let now = Instant::now();
        times.waits = Waits::None;
        times.stood += now - since;
        times.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_stands_while_anything_is_awaited_and_goes_on_after() {
        let seconds = Duration::from_secs;
        let (quiet, total) = (seconds(10), seconds(30));
        let started = Instant::now();
        let activity = Activity::default();
        let remaining = |activity: &Activity| activity.end(started, quiet, total) - Instant::now();
        tokio::time::advance(seconds(5)).await;
        assert_eq!(remaining(&activity), seconds(5));
        let first = activity.stop();
        tokio::time::advance(seconds(100)).await;
        let second = activity.stop();
        drop(first);
        tokio::time::advance(seconds(100)).await;
        assert_eq!(remaining(&activity), quiet);
        drop(second);
        // The wait counts as a sign of life, and not as time.
        assert_eq!(remaining(&activity), quiet);
        for _ in 0..2 {
            tokio::time::advance(seconds(9)).await;
            activity.touch();
        }
        // 5 and 18 seconds of 30 are over.
        assert_eq!(remaining(&activity), seconds(7));
    }
}
