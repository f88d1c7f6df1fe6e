//! How long to wait before a broken stream is opened again, and when to give up.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use tokio::time::Instant;

use crate::limits::Limits;

/// Full jitter: anything between nothing and a bound that doubles, so that many clients do not return at once.
///
/// It belongs to one subscription, or to one call, for as long as that lasts: only a stream that stayed open for a while
/// makes it forget.
///
/// ```text
/// open ─ breaks ────────────────► pause (one of a few tries) ──► opening ─ fails ─► pause … ─► no try is left: over
///   ▲  ─ ends in good order ────► rest (costs no try) ─────────►    │
///   └───────────────────────────────────────────────────────────────┘
/// ```
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    max: Duration,
    tries: u32,
    healthy: Duration,
    used: u32,
    /// How often in a row it ended in good order soon after it was opened.
    rests: u32,
    /// What is being tried costs a try only if it fails.
    resting: bool,
    opened: Instant,
}

impl Backoff {
    /// For a stream that is open.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            first: limits.reconnect_first,
            max: limits.reconnect_max,
            tries: limits.reconnect_tries,
            healthy: limits.reconnect_healthy,
            used: 0,
            rests: 0,
            resting: false,
            opened: Instant::now(),
        }
    }

    /// The stream is open again.
    pub(crate) fn opened(&mut self) {
        self.opened = Instant::now();
        self.resting = false;
    }

    /// The stream is over, one way or another: it counts as sound if it lived long enough.
    pub(crate) fn broken(&mut self) {
        if self.opened.elapsed() >= self.healthy {
            (self.used, self.rests) = (0, 0);
        }
    }

    /// The pause after a stream that ended in good order. A server that names one expects clients to poll: it gets just that.
    #[cfg(feature = "http")]
    pub(crate) fn rest(&mut self, asked: Option<Duration>) -> Duration {
        let bound = self.bound(self.rests);
        self.rests = self.rests.saturating_add(1);
        self.resting = true;
        asked.unwrap_or_else(|| bound.mul_f64(jitter()))
    }

    /// The next pause, at least as long as the server asked for; `None` if it is time to give up.
    pub(crate) fn pause(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.used += u32::from(std::mem::take(&mut self.resting));
        if self.used >= self.tries {
            return None;
        }
        let bound = self.bound(self.used);
        self.used += 1;
        Some(bound.mul_f64(jitter()).max(asked.unwrap_or_default()))
    }

    fn bound(&self, doublings: u32) -> Duration {
        self.first.saturating_mul(1 << doublings.min(16)).min(self.max)
    }
}

/// A number in 0 .. 1 that differs between processes; no secret.
fn jitter() -> f64 {
    // The standard library seeds its hash tables at random.
    let random = u32::try_from(RandomState::new().hash_one(0) >> 32).unwrap_or_default();
    f64::from(random) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_bounded_and_end_and_a_sound_stream_starts_anew() {
        let limits = Limits { reconnect_tries: 3, reconnect_healthy: Duration::ZERO, ..Limits::default() };
        let mut backoff = Backoff::new(&limits);
        assert!(backoff.pause(None).unwrap() <= Duration::from_secs(1));
        assert!(backoff.pause(None).unwrap() <= Duration::from_secs(2));
        assert!(backoff.pause(Some(Duration::from_secs(9))).unwrap() >= Duration::from_secs(9));
        assert_eq!(backoff.pause(None), None);
        backoff.broken();
        assert!(backoff.pause(None).is_some());
    }

    #[test]
    fn what_ends_in_good_order_costs_no_try() {
        let limits = Limits { reconnect_tries: 2, ..Limits::default() };
        let mut backoff = Backoff::new(&limits);
        for _ in 0..100 {
            backoff.broken();
            assert!(backoff.rest(None) <= limits.reconnect_max);
            backoff.opened();
        }
        let asked = Duration::from_millis(100);
        assert_eq!(backoff.rest(Some(asked)), asked);
        // What is tried then and fails is the first of two tries.
        assert!(backoff.pause(None).is_some());
        assert_eq!(backoff.pause(None), None);
        backoff.opened();
        backoff.broken();
        assert_eq!(backoff.pause(None), None, "it was open for no time at all");
    }
}
