//! Reports of progress: so many in a second, and always the newest.

use std::{sync::Arc, time::Duration};

use mcp_core::{
    call::CallNotifications,
    model::{Progress, ServerNotification},
    sink::Published,
};
use tokio::time::Instant;

use super::CallScope;

/// What a call has reported, and what it may report now (2025-11-25, basic/utilities/progress: both sides limit the
/// rate).
#[derive(Debug, Default)]
pub(super) struct Reports {
    /// The last progress that was reported, sent or not: values must grow.
    last: Option<f64>,
    /// When the second began that is counted, and how many reports were sent in it.
    second: Option<Instant>,
    sent: usize,
    /// The newest report, if it waits for the next second.
    held: Option<Progress>,
}

/// What becomes of a report.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reported {
    /// It says nothing new, or nobody wants to know.
    Dropped,
    Sent,
    /// It waits, and is to be sent at this time with what comes until then. `None` if somebody sees to that already.
    Held(Option<Instant>),
}

const SECOND: Duration = Duration::from_secs(1);

impl Reports {
    /// Takes in a report of a call that runs.
    pub(super) fn report(&mut self, scope: &CallScope, progress: Progress) -> Reported {
        let value = progress.progress;
        if !value.is_finite() || self.last.is_some_and(|last| value <= last) {
            return Reported::Dropped;
        }
        self.last = Some(value);
        if let Some(clock) = &scope.clock {
            clock.touch();
        }
        let now = Instant::now();
        let end = match self.second {
            Some(second) if now < second + SECOND => second + SECOND,
            _ => {
                (self.second, self.sent) = (Some(now), 0);
                now + SECOND
            }
        };
        if self.sent >= scope.progress_rate {
            let is_first = self.held.replace(progress).is_none();
            return Reported::Held(is_first.then_some(end));
        }
        self.held = None;
        self.sent += 1;
        send(scope, progress);
        Reported::Sent
    }

    /// Sends what is held, if anything is.
    pub(super) fn flush(&mut self, scope: &CallScope) {
        if let Some(progress) = self.held.take() {
            (self.second, self.sent) = (Some(Instant::now()), 1);
            send(scope, progress);
        }
    }
}

fn send(scope: &CallScope, progress: Progress) {
    if let Some(CallNotifications { progress_token: Some(token), sink, .. }) = &scope.notifications {
        let event = ServerNotification::Progress { token: token.clone(), progress };
        // A stream that is gone needs no progress.
        let _ = sink.push(&Arc::new(Published::new(event)));
    }
}
