//! From whoever publishes to the sinks.

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use mcp_core::{
    json::Text,
    model::ServerNotification,
    sink::{NotPushed, NotificationSink, Origin, Published},
};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{
    Interest,
    index::{Delivery, Index, NotWatched, WatchLimits},
};

/// How many sinks are pushed to before others may run.
const TURN: usize = 64;

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
        let announcement = Announcement { shared: self.shared.clone(), event };
        runtime.spawn(async move {
            tokio::time::sleep(announcement.shared.delay).await;
            let notifier = Self { shared: announcement.shared.clone() };
            let event = announcement.event.clone();
            drop(announcement);
            notifier.publish(event);
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
        let mut delivering = Delivering { shared: self.shared.clone(), is_done: false };
        match runtime.or_else(|| Handle::try_current().ok()) {
            Some(runtime) => drop(runtime.spawn(delivering.run())),
            None => while delivering.turn() {},
        }
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held while a change of a list waits to be announced, so that the next one is announced too if the runtime that was to
/// do it is gone.
struct Announcement {
    shared: Arc<Shared>,
    event: ServerNotification,
}

impl Drop for Announcement {
    fn drop(&mut self) {
        self.shared.lock().announced.retain(|other| *other != self.event);
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
        for Delivery { key, sink, event } in deliveries {
            // One that was detached since hears nothing more. A sink that panics is a program's own, and costs itself.
            if !self.shared.lock().index.holds(*key) {
                continue;
            }
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
    pub(crate) fn watch(&self, uri: &str, limits: WatchLimits) -> Result<(), NotWatched> {
        self.notifier.upgrade().map_or(Ok(()), |shared| shared.lock().index.watch(self.key, uri, limits))
    }

    /// Takes one resource away again.
    pub(crate) fn unwatch(&self, uri: &str) {
        if let Some(shared) = self.notifier.upgrade() {
            shared.lock().index.unwatch(self.key, uri);
        }
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
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Keeps what is pushed, and is gone after so many.
    struct Kept {
        events: Mutex<Vec<ServerNotification>>,
        open_for: usize,
    }

    impl Kept {
        fn new() -> Arc<Self> {
            Self::open_for(usize::MAX)
        }

        fn open_for(open_for: usize) -> Arc<Self> {
            Arc::new(Self { events: Mutex::default(), open_for })
        }

        fn take(&self) -> Vec<ServerNotification> {
            std::mem::take(&mut *self.events.lock().unwrap())
        }
    }

    impl NotificationSink for Kept {
        fn push(&self, event: &Arc<Published>) -> Result<(), NotPushed> {
            let mut events = self.events.lock().unwrap();
            events.push(event.value().clone());
            if events.len() <= self.open_for { Ok(()) } else { Err(NotPushed::Gone) }
        }
    }

    const LIMITS: WatchLimits = WatchLimits { resources: 2, bytes: 1 << 20 };

    fn updated(uri: &str) -> ServerNotification {
        ServerNotification::ResourceUpdated { uri: uri.into() }
    }

    #[test]
    fn a_sink_gets_only_what_it_wants_and_nothing_after_it_is_detached() {
        let notifier = Notifier::new(Duration::ZERO);
        let sink = Kept::new();
        let attachment = notifier.attach(&Interest::nothing().tools(), sink.clone());
        notifier.publish(ServerNotification::PromptsListChanged);
        notifier.publish(ServerNotification::ToolsListChanged);
        notifier.publish(updated("test://a"));
        drop(attachment);
        notifier.publish(ServerNotification::ToolsListChanged);
        assert_eq!(sink.take(), [ServerNotification::ToolsListChanged]);
        assert_eq!(notifier.attached(), 0);
    }

    #[test]
    fn a_resource_is_told_to_those_who_watch_it_within_their_bounds() {
        let notifier = Notifier::new(Duration::ZERO);
        let sink = Kept::new();
        let attachment = notifier.attach(&Interest::all_lists(), sink.clone());
        for uri in ["test://a", "test://b", "test://a"] {
            attachment.watch(uri, LIMITS).unwrap();
        }
        assert_eq!(attachment.watch("test://c", LIMITS), Err(NotWatched::TooMany));
        attachment.unwatch("test://b");
        let long = "x".repeat(LIMITS.bytes);
        assert_eq!(attachment.watch(&long, LIMITS), Err(NotWatched::TooLarge));
        for uri in ["test://a", "test://b", "test://c", &long] {
            notifier.publish(updated(uri));
        }
        attachment.unwatch("test://a");
        notifier.publish(updated("test://a"));
        assert_eq!(sink.take(), [updated("test://a")]);
        assert!(attachment.watch("test://b", LIMITS).is_ok() && attachment.watch("test://c", LIMITS).is_ok());
    }

    /// RFC 3986, section 6.2.2: another spelling is the same resource. Clients compare letter by letter.
    #[test]
    fn a_resource_is_told_under_the_spelling_that_was_asked_for() {
        let notifier = Notifier::new(Duration::ZERO);
        let spellings = ["test://\u{fc}", "test://%C3%BC", "TEST://%c3%bc"];
        let sinks = spellings.map(|uri| {
            let sink = Kept::new();
            (uri, notifier.attach(&Interest::nothing().resource(uri), sink.clone()), sink)
        });
        let everything = Kept::new();
        let _all = notifier.attach(&Interest::nothing().every_resource(), everything.clone());
        for uri in spellings {
            notifier.publish(updated(uri));
            assert_eq!(everything.take(), [updated(uri)]);
            for (asked, _, sink) in &sinks {
                assert_eq!(sink.take(), [updated(asked)]);
            }
        }
    }

    #[test]
    fn who_watches_a_resource_among_all_others_is_told_once() {
        let notifier = Notifier::new(Duration::ZERO);
        let sink = Kept::new();
        let _attachment = notifier.attach(&Interest::nothing().every_resource().resource("test://a"), sink.clone());
        notifier.publish(updated("test://a"));
        assert_eq!(sink.take().len(), 1);
    }

    #[test]
    fn a_sink_whose_stream_is_gone_is_detached() {
        let notifier = Notifier::new(Duration::ZERO);
        let sink = Kept::open_for(0);
        let _attachment = notifier.attach(&Interest::all_lists(), sink.clone());
        notifier.publish(ServerNotification::ToolsListChanged);
        notifier.publish(ServerNotification::ToolsListChanged);
        assert_eq!(sink.take().len(), 1);
        assert_eq!(notifier.attached(), 0);
    }

    #[test]
    fn a_circle_of_relays_hands_an_event_on_once() {
        struct Relay(Notifier);
        impl NotificationSink for Relay {
            fn push(&self, event: &Arc<Published>) -> Result<(), NotPushed> {
                self.0.relay(event);
                Ok(())
            }
        }
        let servers = [(); 3].map(|()| Notifier::new(Duration::ZERO));
        let sinks = servers.clone().map(|server| {
            let sink = Kept::new();
            (server.attach(&Interest::all_lists(), sink.clone()), sink)
        });
        let _relays: Vec<_> = (0..3)
            .flat_map(|from| [(from, (from + 1) % 3), (from, (from + 2) % 3)])
            .map(|(from, to)| servers[from].attach(&Interest::all_lists(), Arc::new(Relay(servers[to].clone()))))
            .collect();
        servers[0].publish(ServerNotification::ToolsListChanged);
        let heard = sinks.map(|(_, sink)| sink.take().len());
        // Two ways lead to each of the others; streams send one of two equal events.
        assert_eq!(heard, [1, 2, 2]);
    }

    #[tokio::test]
    async fn who_publishes_does_not_wait_for_sinks() {
        struct Slow(AtomicUsize);
        impl NotificationSink for Slow {
            fn push(&self, _: &Arc<Published>) -> Result<(), NotPushed> {
                self.0.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        }
        let notifier = Notifier::new(Duration::ZERO);
        let sink = Arc::new(Slow(AtomicUsize::new(0)));
        let attached: Vec<_> = (0..1000).map(|_| notifier.attach(&Interest::nothing().tools(), sink.clone())).collect();
        for _ in 0..10 {
            notifier.publish(ServerNotification::ToolsListChanged);
        }
        // Nobody was pushed to on the publisher's own thread, and equal events that wait are one.
        assert_eq!(sink.0.load(Ordering::SeqCst), 0);
        while sink.0.load(Ordering::SeqCst) < attached.len() {
            tokio::task::yield_now().await;
        }
        tokio::task::yield_now().await;
        assert_eq!(sink.0.load(Ordering::SeqCst), attached.len());
    }

    /// 5,000 streams, of which 100 watch 10,000 resources each.
    #[test]
    fn a_change_of_a_resource_costs_those_who_watch_it() {
        let notifier = Notifier::new(Duration::ZERO);
        let sink = Kept::new();
        let _lists: Vec<_> = (0..4_900).map(|_| notifier.attach(&Interest::all_lists(), sink.clone())).collect();
        let watching = Kept::new();
        let all =
            (0..10_000).fold(Interest::all_lists(), |interest, number| interest.resource(format!("test://{number}")));
        let _watching: Vec<_> = (0..100).map(|_| notifier.attach(&all, watching.clone())).collect();
        let published = Arc::new(Published::new(updated("test://77")));
        assert_eq!(notifier.shared.lock().index.deliveries(&published).len(), 100);
        notifier.publish(updated("test://unknown"));
        notifier.publish(updated("test://77"));
        assert_eq!((sink.take().len(), watching.take().len()), (0, 100));
    }

    #[tokio::test(start_paused = true)]
    async fn many_changes_within_the_delay_are_announced_once_and_later_ones_again() {
        let notifier = Notifier::new(Duration::from_millis(10));
        let sink = Kept::new();
        let _attachment = notifier.attach(&Interest::all_lists(), sink.clone());
        for _ in 0..2 {
            for _ in 0..100 {
                notifier.list_changed(ServerNotification::ToolsListChanged);
            }
            assert_eq!(sink.take().len(), 0);
            tokio::time::sleep(Duration::from_millis(11)).await;
            assert_eq!(sink.take().len(), 1);
        }
    }

    #[test]
    fn a_runtime_that_ends_takes_no_later_announcement_with_it() {
        let notifier = Notifier::new(Duration::from_secs(3600));
        let sink = Kept::new();
        let _attachment = notifier.attach(&Interest::all_lists(), sink.clone());
        let runtime =
            || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let first = runtime();
        first.block_on(async { notifier.list_changed(ServerNotification::ToolsListChanged) });
        drop(first);
        runtime().block_on(async {
            notifier.list_changed(ServerNotification::ToolsListChanged);
            tokio::time::sleep(Duration::from_secs(3601)).await;
        });
        assert_eq!(sink.take(), [ServerNotification::ToolsListChanged]);
        // The same for what was about to be delivered.
        let first = runtime();
        first.block_on(async { notifier.publish(ServerNotification::PromptsListChanged) });
        drop(first);
        runtime().block_on(async {
            notifier.publish(ServerNotification::ToolsListChanged);
            tokio::time::sleep(Duration::from_secs(1)).await;
        });
        assert_eq!(sink.take(), [ServerNotification::PromptsListChanged, ServerNotification::ToolsListChanged]);
    }
}
