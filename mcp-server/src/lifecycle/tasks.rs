//! The tasks of a server, and their end.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    task::{AbortHandle, JoinHandle},
};

use super::Signal;

/// How long the answers to calls that were ended may take to be written, and how long aborted tasks may take to fall
/// down before shutdown stops waiting for them.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// How long tasks may take to fall down when somebody wants the end at once.
const FALL: Duration = Duration::from_millis(200);

/// Shared by everything that runs on behalf of one server. Clones are handles to the same one.
#[derive(Debug, Default, Clone)]
pub(crate) struct Lifecycle {
    /// No new work: listeners close, streams end, connections finish what they have.
    stopping: Arc<Signal>,
    /// The drain time is over: calls that still run end with an error, and those who wait for them are told.
    ending: Arc<Signal>,
    /// The time for that is over as well: what still runs is dropped.
    aborting: Arc<Signal>,
    tasks: Arc<Tasks>,
}

/// How many tasks there are. `tokio_util::task::TaskTracker` does the same; it comes with four crates that a server on
/// standard streams has no other use for, and this is forty lines.
#[derive(Debug, Default)]
struct Tasks {
    running: AtomicUsize,
    /// Told when the last of them has ended.
    ended: Notify,
}

/// Counts as a task until it is dropped: with the task's future, however it ends.
struct Counted(Arc<Tasks>);

impl Lifecycle {
    /// Runs a task that shutdown waits for, and drops when its patience is over.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        tokio::spawn(self.run(task)).abort_handle()
    }

    /// Runs what shutdown waits for in a task that exists already. It counts from now on, not only once it is polled.
    pub(crate) fn run<F: Future<Output = ()>>(&self, task: F) -> impl Future<Output = ()> + use<F> {
        let aborting = self.aborting.raised();
        let counted = Counted::new(&self.tasks);
        async move {
            tokio::select! {
                biased;
                () = task => {}
                () = aborting => {}
            }
            drop(counted);
        }
    }

    /// Raised when the server stops.
    pub(crate) fn stopping(&self) -> &Arc<Signal> {
        &self.stopping
    }

    /// Raised when calls may go on no longer.
    pub(crate) fn ending(&self) -> &Arc<Signal> {
        &self.ending
    }

    /// Drops every task, now, and waits for a moment until they have fallen down: what a handler leaves behind when it is
    /// dropped is there then. Not for one that blocks its thread.
    pub(crate) async fn abort(&self) {
        self.stopping.raise();
        self.aborting.raise();
        self.have_ended_within(FALL).await;
    }

    /// Stops: waits up to `drain` for the tasks, then ends their calls, and at last drops what is left.
    ///
    /// Cancel-safe: a task of its own does it all, and goes on when nobody waits for it any more. Two of them do what one
    /// does: the earlier ends what the later waits for.
    pub(crate) async fn shutdown(&self, drain: Duration) {
        self.stopping.raise();
        if self.tasks.are_over() {
            return;
        }
        let stopping = self.clone();
        if tokio::spawn(async move { stopping.stop(drain).await }).await.is_err() {
            // The runtime of that task has ended, and this one has not.
            self.stop(drain).await;
        }
    }

    async fn stop(&self, drain: Duration) {
        if self.have_ended_within(drain).await {
            return;
        }
        let tasks = self.tasks.running.load(Ordering::Acquire);
        tracing::warn!(tasks, "calls are ended: they did not end in time for the shutdown");
        self.ending.raise();
        if self.have_ended_within(LAST_WAIT).await {
            return;
        }
        self.aborting.raise();
        // A handler that blocks its thread cannot be dropped; the shutdown does not wait for it.
        self.have_ended_within(LAST_WAIT).await;
    }

    async fn have_ended_within(&self, patience: Duration) -> bool {
        tokio::time::timeout(patience, self.tasks.ended()).await.is_ok()
    }
}

/// Ends a task when it is dropped.
pub(crate) struct AbortOnDrop(AbortHandle);

impl AbortOnDrop {
    pub(crate) fn new<T>(task: &JoinHandle<T>) -> Self {
        Self(task.abort_handle())
    }
}

impl From<AbortHandle> for AbortOnDrop {
    fn from(task: AbortHandle) -> Self {
        Self(task)
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Tasks {
    /// Waits until there are none.
    async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.are_over() {
                return;
            }
            ended.await;
        }
    }

    fn are_over(&self) -> bool {
        self.running.load(Ordering::Acquire) == 0
    }
}

impl Counted {
    fn new(tasks: &Arc<Tasks>) -> Self {
        tasks.running.fetch_add(1, Ordering::Relaxed);
        Self(tasks.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if self.0.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.ended.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn shutdown_waits_for_tasks_and_then_drops_them() {
        let lifecycle = Lifecycle::default();
        lifecycle.spawn(tokio::time::sleep(Duration::from_secs(3)));
        let aborted = lifecycle.spawn(std::future::pending());
        lifecycle.spawn(async { panic!("on purpose") });
        aborted.abort();
        let started = tokio::time::Instant::now();
        lifecycle.shutdown(Duration::from_secs(10)).await;
        assert_eq!(started.elapsed(), Duration::from_secs(3));
        lifecycle.spawn(std::future::pending());
        lifecycle.shutdown(Duration::from_secs(10)).await;
        // A second more for what would have answered, had it been a call.
        assert_eq!(started.elapsed(), Duration::from_secs(14));
        assert_eq!(lifecycle.tasks.running.load(Ordering::Acquire), 0);
    }

    #[test]
    fn whoever_waits_goes_on_when_the_runtime_that_stopped_the_server_has_ended() {
        let runtime =
            || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (lifecycle, first, second) = (Lifecycle::default(), runtime(), runtime());
        let hanging = second.block_on(async { lifecycle.spawn(std::future::pending()) });
        let mut stopping = Box::pin(lifecycle.shutdown(Duration::from_secs(10)));
        first.block_on(async { tokio::time::timeout(Duration::ZERO, &mut stopping).await.unwrap_err() });
        drop(first);
        assert!(!hanging.is_finished());
        second.block_on(stopping);
        assert!(lifecycle.tasks.are_over());
    }
}
