//! Notices a peer that takes nothing of what is written to it.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, Sleep};

/// How often the clock looks within the time that writing may stand still.
const LOOKS: u32 = 4;

/// How far writing has come. Told by whoever writes, on whatever thread.
#[derive(Debug, Default)]
pub(super) struct Progress {
    began: AtomicU64,
    ended: AtomicU64,
    pieces: AtomicU64,
}

impl Progress {
    /// Something is to be written.
    pub(super) fn began(&self) {
        self.began.fetch_add(1, Ordering::Relaxed);
    }

    /// The peer, or a buffer on the way to it, has taken a piece.
    pub(super) fn made(&self) {
        self.pieces.fetch_add(1, Ordering::Relaxed);
    }

    /// What has been begun first is written.
    pub(super) fn ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    fn is_writing(&self) -> bool {
        self.began.load(Ordering::Relaxed) != self.ended.load(Ordering::Relaxed)
    }

    /// Grows with every piece, and with every beginning: what begins has its whole time.
    fn steps(&self) -> u64 {
        self.began.load(Ordering::Relaxed) + self.pieces.load(Ordering::Relaxed)
    }
}

/// Rings when writing stands still for too long. Its timer is left as it is between writes: when it rings too early it
/// is set again, so that a busy stream arms it a few times in a minute, and an idle one never.
pub(super) struct StallClock {
    period: Duration,
    progress: Arc<Progress>,
    timer: Option<Pin<Box<Sleep>>>,
    /// How far writing had come at the last look.
    seen: u64,
    /// How many looks have seen the same.
    still: u32,
}

impl StallClock {
    /// A clock that gives a peer up that takes nothing for `patience`, or up to a quarter longer.
    pub(super) fn new(patience: Duration, progress: &Arc<Progress>) -> Self {
        Self { period: patience / LOOKS, progress: progress.clone(), timer: None, seen: 0, still: 0 }
    }

    /// Completes when what is being written stands still, and never while nothing is. Cancel-safe. To be called anew
    /// after writing began.
    pub(super) async fn stalled(&mut self) {
        while self.progress.is_writing() {
            let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.period)));
            timer.as_mut().await;
            let steps = self.progress.steps();
            self.still = if self.seen == steps { self.still + 1 } else { 0 };
            self.seen = steps;
            if self.still >= LOOKS && self.progress.is_writing() {
                return tracing::warn!("a connection is given up: its peer does not read what is written to it");
            }
            timer.as_mut().reset(Instant::now() + self.period);
        }
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_rings_only_while_something_stands_still() {
        let progress = Arc::new(Progress::default());
        let mut clock = StallClock::new(Duration::from_secs(30), &progress);
        let minute = Duration::from_secs(60);
        let rings = async |clock: &mut StallClock| tokio::time::timeout(minute, clock.stalled()).await.is_ok();
        assert!(!rings(&mut clock).await, "nothing is written");
        progress.began();
        // A slow reader is none that is dead.
        for _ in 0..10 {
            let slow = tokio::time::timeout(Duration::from_secs(29), clock.stalled());
            assert!(slow.await.is_err());
            progress.made();
        }
        progress.ended();
        assert!(!rings(&mut clock).await, "all is written");
        let started = Instant::now();
        progress.began();
        assert!(rings(&mut clock).await);
        assert!((30..=38).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    }
}
