//! When a stream that falls silent counts as dead.

use std::time::Duration;

use tokio::time::Instant;

/// How many of the peer's own pauses it may be silent for, and how many times what the limits allow at most.
const PAUSES: u32 = 3;
const MOST: u32 = 10;

/// Silence is time without any byte. It means something with a server that has kept the stream alive while nothing
/// happened, and then only once it lasts longer than that server's own pauses.
#[derive(Debug)]
pub(super) struct Silence {
    allowed: Duration,
    last: Instant,
    /// How often the server has ended a pause by a mere sign of life.
    signs: u32,
    longest: Duration,
}

impl Silence {
    pub(super) fn new(allowed: Duration) -> Self {
        Self { allowed, last: Instant::now(), signs: 0, longest: Duration::ZERO }
    }

    /// Bytes have come; whether they hold a comment and no event.
    pub(super) fn broken(&mut self, sign_of_life: bool) {
        let now = Instant::now();
        let pause = now.duration_since(self.last);
        self.last = now;
        // What comes at once is a greeting, not the end of a pause.
        if sign_of_life && pause > self.allowed / 64 {
            self.signs = self.signs.saturating_add(1);
            self.longest = self.longest.max(pause);
        }
    }

    /// When the stream has been silent for too long, if nothing comes until then.
    pub(super) fn deadline(&self) -> Option<Instant> {
        (self.signs >= 2).then(|| self.last + self.bound())
    }

    /// How long it may be silent.
    pub(super) fn bound(&self) -> Duration {
        self.longest.saturating_mul(PAUSES).min(self.allowed.saturating_mul(MOST)).max(self.allowed)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_server_may_be_silent_for_longer_than_it_usually_is() {
        let mut silence = Silence::new(SECOND * 45);
        for _ in 0..3 {
            silence.broken(true);
        }
        assert_eq!(silence.deadline(), None, "greetings promise nothing");
        for _ in 0..2 {
            assert_eq!(silence.deadline(), None);
            advance(SECOND * 60).await;
            silence.broken(true);
        }
        assert_eq!(silence.deadline(), Some(Instant::now() + SECOND * 180));
        advance(SECOND * 5).await;
        silence.broken(false);
        assert_eq!(silence.deadline(), Some(Instant::now() + SECOND * 180), "any byte breaks it");
    }

    #[tokio::test(start_paused = true)]
    async fn how_long_a_server_may_be_silent_has_bounds() {
        let mut silence = Silence::new(SECOND * 45);
        for pause in [5, 5] {
            advance(SECOND * pause).await;
            silence.broken(true);
        }
        assert_eq!(silence.bound(), SECOND * 45);
        advance(SECOND * 10_000).await;
        silence.broken(true);
        assert_eq!(silence.bound(), SECOND * 450);
    }
}
