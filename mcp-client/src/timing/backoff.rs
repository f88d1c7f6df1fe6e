//! How long to wait before a broken stream is opened again, and when to give up.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use tokio::time::Instant;

use crate::limits::Limits;

/// Full jitter: anything between nothing and a bound that doubles, so that many clients do not return at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    max: Duration,
    tries: u32,
    healthy: Duration,
    used: u32,
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
            opened: Instant::now(),
        }
    }

    /// The stream is open again.
    pub(crate) fn opened(&mut self) {
        self.opened = Instant::now();
    }

    /// The stream has broken: it counts as sound if it lived long enough.
    pub(crate) fn broken(&mut self) {
        if self.opened.elapsed() >= self.healthy {
            self.used = 0;
        }
    }

    /// The next pause, at least as long as the server asked for; `None` if it is time to give up.
    pub(crate) fn pause(&mut self, asked: Option<Duration>) -> Option<Duration> {
        if self.used >= self.tries {
            return None;
        }
        let bound = self.first.saturating_mul(1 << self.used.min(16)).min(self.max);
        self.used += 1;
        Some(bound.mul_f64(jitter()).max(asked.unwrap_or_default()))
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
}
