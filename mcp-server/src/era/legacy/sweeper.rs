//! The task that ends the sessions that nobody uses.

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use tokio::time::MissedTickBehavior;

use super::Legacy;

/// Starts the task that removes idle sessions, with the first of them. It ends with the server.
pub(super) fn keep_swept(legacy: &Arc<Legacy>) {
    if legacy.is_swept.swap(true, Ordering::Relaxed) {
        return;
    }
    let mut stopped = legacy.engine.lifecycle.stopping().raised();
    let period = (legacy.engine.limits.session_idle / 4).clamp(Duration::from_millis(100), Duration::from_secs(30));
    let legacy: Weak<Legacy> = Arc::downgrade(legacy);
    let sweeper = Sweeper { legacy };
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let stopping = tokio::select! {
                () = &mut stopped => true,
                _ = ticks.tick() => false,
            };
            let Some(legacy) = sweeper.legacy.upgrade() else { return };
            if stopping {
                return legacy.sessions.end_streams();
            }
            legacy.sessions.sweep();
        }
    });
}

/// Held by the task that sweeps, so that another begins with the next session if its runtime is gone.
struct Sweeper {
    legacy: Weak<Legacy>,
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        if let Some(legacy) = self.legacy.upgrade() {
            legacy.is_swept.store(false, Ordering::Relaxed);
        }
    }
}
