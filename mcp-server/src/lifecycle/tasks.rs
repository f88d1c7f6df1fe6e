//! The tasks of a server, and their end.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

use super::Signal;

/// How long aborted tasks may take to fall down before shutdown stops waiting for them.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Shared by everything that runs on behalf of one server.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    /// No new work: listeners close, streams end, connections finish what they have.
    stopping: Arc<Signal>,
    /// The drain time is over: what still runs is dropped.
    aborting: Arc<Signal>,
    tasks: TaskTracker,
}

impl Lifecycle {
    /// Runs a task that shutdown waits for, and drops when its patience is over.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let aborting = self.aborting.raised();
        let task = self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = task => {}
                () = aborting => {}
            }
        });
        task.abort_handle()
    }

    /// Raised when the server stops.
    pub(crate) fn stopping(&self) -> &Arc<Signal> {
        &self.stopping
    }

    /// Stops: waits up to `drain` for the tasks, then drops them.
    pub(crate) async fn shutdown(&self, drain: Duration) {
        self.stopping.raise();
        self.tasks.close();
        if tokio::time::timeout(drain, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "calls are dropped: they did not end in time for the shutdown");
            self.aborting.raise();
            // A handler that blocks its thread cannot be dropped; the shutdown does not wait for it.
            let _ = tokio::time::timeout(LAST_WAIT, self.tasks.wait()).await;
        }
    }
}
