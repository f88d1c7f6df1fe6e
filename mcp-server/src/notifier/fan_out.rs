//! From whoever publishes to the sinks.

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, Weak},
    time::Duration,
};

use mcp_core::{
    json::Text,
    model::ServerNotification,
    sink::{NotPushed, NotificationSink, Origin, Published},
    sync::lock,
};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{
    Interest,
    index::{Delivery, Index, NotWatched, WatchLimits},
};

/// How many sinks are pushed to before others may run. Each push may wake a connection that then writes for some ten
/// microseconds, so that a call which comes meanwhile waits for less than a tenth of a millisecond.
const TURN: usize = 8;

/// Delivers events to the sinks that are attached and interested. Clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct Notifier {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// This server, among those that an event passes.
    id: Uuid,
    delay: Duration,
}

#[derive(Default)]
struct State {
    index: Index,
    /// What is to be delivered.
    pending: VecDeque<Arc<Published>>,
    /// What stands in `pending`, of which equal events stand there once: so it is bounded by what is watched.
    waiting: HashSet<Waiting>,
    /// Whether a task delivers it.
    is_delivering: bool,
    /// Where streams are served: the runtime of whoever attached last. Whoever publishes may be on one that rests.
    runtime: Option<Handle>,
    /// List changes that will be announced when their delay is over.
    announced: Vec<ServerNotification>,
}

/// Which event waits: its name, its resource, and the servers that it has passed.
type Waiting = (&'static str, Option<Text>, Origin);

/// A sink's place among the listeners; dropping it detaches the sink.
#[must_use = "dropping the attachment detaches the sink"]
pub struct Attachment {
    key: u64,
    notifier: Weak<Shared>,
}

impl Notifier {
    /// A notifier that announces changes of lists once per `delay`.
    pub(crate) fn new(delay: Duration) -> Self {
        Self { shared: Arc::new(Shared { state: Mutex::default(), id: Uuid::new_v4(), delay }) }
    }

    /// Adds a sink for as long as the attachment lives.
    pub(crate) fn attach(&self, interest: &Interest, sink: Arc<dyn NotificationSink>) -> Attachment {
        self.attach_after(interest, sink, || ())
    }

    /// Adds a sink right after `first` has run: no event comes between, before or instead. `first` must not use the
    /// notifier.
    pub(crate) fn attach_after(
        &self,
        interest: &Interest,
        sink: Arc<dyn NotificationSink>,
        first: impl FnOnce(),
    ) -> Attachment {
        let mut state = self.shared.lock();
        first();
        if let Ok(runtime) = Handle::try_current() {
            state.runtime = Some(runtime);
        }
        let key = state.index.insert(interest, sink);
        Attachment { key, notifier: Arc::downgrade(&self.shared) }
    }

    /// A list has changed: announces it once, however often it changes within the delay. Outside a Tokio runtime
    /// there is nothing to wait with, and it is announced at once.
    pub(crate) fn list_changed(&self, event: ServerNotification) {
        let runtime = self.shared.lock().runtime.clone();
        let Some(runtime) = runtime.or_else(|| Handle::try_current().ok()) else { return self.publish(event) };
        {
            let mut state = self.shared.lock();
            if state.announced.contains(&event) {
                return;
            }
            state.announced.push(event.clone());
        }
        let announcement = Announcement { notifier: self.clone(), event };
        runtime.spawn(async move {
            tokio::time::sleep(announcement.notifier.shared.delay).await;
            drop(announcement);
        });
    }

    /// Hands an event to every sink that wants it. Waits for none of them: they are pushed to by a task, if there is a
    /// Tokio runtime here to run it.
    pub(crate) fn publish(&self, event: ServerNotification) {
        self.relay(&Published::new(event));
    }

    /// As [`publish`](Self::publish), for an event of other servers. What this one has published before is dropped.
    pub(crate) fn relay(&self, published: &Published) {
        let Some(origin) = published.origin().through(self.shared.id) else { return };
        let published = Arc::new(Published::from_origin(published.value().clone(), origin));
        let mut state = self.shared.lock();
        if !state.index.is_wanted(published.value()) {
            return;
        }
        if state.waiting.insert(waiting(&published)) {
            state.pending.push_back(published);
        }
        // Also for what waits already: whoever was to deliver it may have gone with its runtime.
        if std::mem::replace(&mut state.is_delivering, true) {
            return;
        }
        let runtime = state.runtime.clone();
        drop(state);
        self.deliver(runtime);
    }

    /// Delivers what is pending, on `runtime` if that is still there, else on the current one, else here.
    fn deliver(&self, runtime: Option<Handle>) {
        let delivering = || Delivering { shared: self.shared.clone(), is_done: false };
        for runtime in [runtime, Handle::try_current().ok()].into_iter().flatten() {
            // A runtime that has ended drops the task at once.
            runtime.spawn(delivering().run());
            if !self.shared.lock().take_over() {
                return;
            }
        }
        let mut here = delivering();
        while here.turn() {}
    }

    /// How many sinks are attached.
    #[cfg(test)]
    pub(crate) fn attached(&self) -> usize {
        self.shared.lock().index.len()
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").field("attached", &self.shared.lock().index.len()).finish()
    }
}

fn waiting(published: &Published) -> Waiting {
    let event = published.value();
    let uri = match event {
        ServerNotification::ResourceUpdated { uri } => Some(uri.clone()),
        _ => None,
    };
    (event.method(), uri, published.origin().clone())
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// Whether something is pending that nobody delivers; then it is the asker who does.
    fn take_over(&mut self) -> bool {
        let is_stranded = !self.is_delivering && !self.pending.is_empty();
        self.is_delivering |= is_stranded;
        is_stranded
    }
}

/// A change of a list that waits to be announced. That happens when this is dropped: after the delay, or because the
/// runtime that was to wait is gone.
struct Announcement {
    notifier: Notifier,
    event: ServerNotification,
}

impl Drop for Announcement {
    fn drop(&mut self) {
        self.notifier.shared.lock().announced.retain(|other| *other != self.event);
        self.notifier.publish(self.event.clone());
    }
}

/// Held by whoever delivers. Dropped early, because its runtime is gone, it leaves what is pending to the next one who
/// publishes.
struct Delivering {
    shared: Arc<Shared>,
    is_done: bool,
}

impl Delivering {
    async fn run(mut self) {
        while let Some(deliveries) = self.next() {
            for turn in deliveries.chunks(TURN) {
                self.push(turn);
                tokio::task::yield_now().await;
            }
        }
    }

    /// Delivers one event where nothing can be awaited; says whether there was one.
    fn turn(&mut self) -> bool {
        let deliveries = self.next();
        self.push(deliveries.as_deref().unwrap_or_default());
        deliveries.is_some()
    }

    fn next(&mut self) -> Option<Vec<Delivery>> {
        let mut state = self.shared.lock();
        let Some(event) = state.pending.pop_front() else {
            state.is_delivering = false;
            self.is_done = true;
            return None;
        };
        state.waiting.remove(&waiting(&event));
        Some(state.index.deliveries(&event))
    }

    /// Sinks run without the lock: one may wake a reader that attaches or detaches, or be a user's own.
    fn push(&self, deliveries: &[Delivery]) {
        for Delivery { key, event } in deliveries {
            // One that was detached since hears nothing more.
            let sink = self.shared.lock().index.sink(*key);
            let Some(sink) = sink else { continue };
            // A sink that panics is a program's own, and costs itself.
            let pushed = catch_unwind(AssertUnwindSafe(|| sink.push(event))).unwrap_or_else(|_| {
                tracing::error!("a notification sink panicked: it is detached");
                Err(NotPushed::Gone)
            });
            if pushed == Err(NotPushed::Gone) {
                let gone = self.shared.lock().index.remove(*key);
                drop(gone);
            }
        }
    }
}

impl Drop for Delivering {
    fn drop(&mut self) {
        if !self.is_done {
            self.shared.lock().is_delivering = false;
        }
    }
}

impl Attachment {
    /// Adds one resource to what the sink wants.
    ///
    /// # Errors
    ///
    /// If there is no room for it within `limits`.
    pub(crate) fn watch(&self, uri: &str, limits: WatchLimits<'_>) -> Result<(), NotWatched> {
        self.notifier.upgrade().map_or(Ok(()), |shared| shared.lock().index.watch(self.key, uri, limits))
    }

    /// Takes one resource away again. Returns the spelling in which its changes were told.
    pub(crate) fn unwatch(&self, uri: &str) -> Option<Arc<str>> {
        self.notifier.upgrade()?.lock().index.unwatch(self.key, uri)
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        if let Some(shared) = self.notifier.upgrade() {
            // The sink may own a queue; it is dropped without the lock.
            let detached = shared.lock().index.remove(self.key);
            drop(detached);
        }
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
