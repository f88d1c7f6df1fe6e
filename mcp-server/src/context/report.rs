//! How a handler reports progress.

use std::sync::Arc;

use mcp_core::{model::Progress, sync::lock};

use super::{Context, handle::Inner, progress::Reported};

impl Context {
    /// Reports that `progress` of `total` is done, with a message for a human (empty for none).
    ///
    /// Nothing is sent if the caller did not ask for progress, if the call has ended, or if `progress` is not
    /// larger than the last report: values must grow. Reporting often is cheap: unsent reports are replaced by later
    /// ones, and beyond [`Limits::progress_rate`](crate::Limits::progress_rate) in a second only the newest is sent, in
    /// the next second or with the end of the call. A report that the caller asked for restarts the clock of the call's
    /// timeout.
    ///
    /// Cancel-safe: the report is queued before the first await point, which only lets other tasks run.
    pub async fn progress(&self, progress: f64, total: impl Into<Option<f64>>, message: impl Into<String>) {
        if self.report(progress, total.into(), message.into()) {
            tokio::task::yield_now().await;
        }
    }

    fn report(&self, progress: f64, total: Option<f64>, message: String) -> bool {
        let inner = self.inner();
        let wants = inner.scope.notifications.as_ref().is_some_and(|to| to.progress_token.is_some());
        if !wants || inner.round.is_repeating() {
            return false;
        }
        let total = total.filter(|total| total.is_finite());
        let progress = Progress::new(progress, total, Some(message).filter(|message| !message.is_empty()));
        // The lock is held while pushing, so that reports leave in the order of their values, and none after the end.
        let mut reports = lock(&inner.reports);
        if !inner.is_running() {
            return false;
        }
        match reports.report(&inner.scope, progress) {
            Reported::Dropped => false,
            Reported::Sent | Reported::Held(None) => true,
            Reported::Held(Some(end)) => {
                drop(reports);
                send_at(inner, end);
                true
            }
        }
    }
}

/// Sends the newest report when the second is over, if the call still runs.
fn send_at(inner: &Arc<Inner>, end: tokio::time::Instant) {
    // Without a runtime there is nothing to wait with: the next report, or the end of the call, sends it.
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    let inner = Arc::downgrade(inner);
    runtime.spawn(async move {
        tokio::time::sleep_until(end).await;
        let Some(inner) = inner.upgrade() else { return };
        let mut reports = lock(&inner.reports);
        if inner.is_running() {
            reports.flush(&inner.scope);
        }
    });
}
