//! The clock of one call: when it last showed a sign of life, and how long it has stood still.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// When a call last did something, as far as its deadline is concerned. The clock stands still while the call waits for
/// its client: whose time that is, is not the handler's to answer for.
#[derive(Debug)]
pub(crate) struct Activity {
    clock: Mutex<Clock>,
}

#[derive(Debug)]
struct Clock {
    last: Instant,
    /// How many things the call waits for, and since when it waits for any.
    waits: usize,
    since: Instant,
    /// How long it has waited before.
    stood: Duration,
}

/// The clock stands for as long as this lives.
#[must_use = "dropping it lets the clock go on"]
pub(crate) struct Standing(Arc<Activity>);

impl Activity {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        Self { clock: Mutex::new(Clock { last: now, waits: 0, since: now, stood: Duration::ZERO }) }
    }

    /// A sign of life.
    pub(crate) fn touch(&self) {
        self.lock().last = Instant::now();
    }

    /// Stops the clock; with each of several waits, until the last is over.
    pub(crate) fn stop(self: &Arc<Self>) -> Standing {
        let mut clock = self.lock();
        if clock.waits == 0 {
            clock.since = Instant::now();
        }
        clock.waits += 1;
        drop(clock);
        Standing(self.clone())
    }

    /// The end of a call that began at `started`: so long after its last sign of life, and so long at all.
    pub(crate) fn end(&self, started: Instant, quiet: Duration, total: Duration) -> Instant {
        let clock = self.lock();
        let now = Instant::now();
        let is_standing = clock.waits > 0;
        let stood = clock.stood + if is_standing { now - clock.since } else { Duration::ZERO };
        let last = if is_standing { now } else { clock.last.max(started) };
        (last + quiet).min(started + stood + total)
    }

    fn lock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        let mut clock = self.0.lock();
        clock.waits -= 1;
        if clock.waits == 0 {
            let now = Instant::now();
            let stood = now - clock.since;
            clock.stood += stood;
            clock.last = now;
        }
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
        let activity = Arc::new(Activity::new());
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
