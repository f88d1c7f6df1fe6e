//! How a server stops: first no new work, then the end of what is left.

use std::{future::Future, time::Duration};

use tokio::task::AbortHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long aborted tasks may take to fall down before shutdown stops waiting for them.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Shared by everything that runs on behalf of one server.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    /// No new work: listeners close, streams end, connections finish what they have.
    stopping: CancellationToken,
    /// The drain time is over: what still runs is dropped.
    aborting: CancellationToken,
    tasks: TaskTracker,
}

impl Lifecycle {
    /// Runs a task that shutdown waits for, and drops when its patience is over.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let aborting = self.aborting.clone();
        let task = self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = task => {}
                () = aborting.cancelled() => {}
            }
        });
        task.abort_handle()
    }

    /// Completes when the server stops.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Stops: waits up to `drain` for the tasks, then drops them.
    pub(crate) async fn shutdown(&self, drain: Duration) {
        self.stopping.cancel();
        self.tasks.close();
        if tokio::time::timeout(drain, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "calls are dropped: they did not end in time for the shutdown");
            self.aborting.cancel();
            // A handler that blocks its thread cannot be dropped; the shutdown does not wait for it.
            let _ = tokio::time::timeout(LAST_WAIT, self.tasks.wait()).await;
        }
    }
}
