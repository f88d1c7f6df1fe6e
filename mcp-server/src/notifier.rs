//! Who is listening, and how an event reaches them. Knows sinks, not transports.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use mcp_core::{
    model::ServerNotification,
    sink::{NotPushed, NotificationSink, Published},
};

/// Delivers events to the sinks that are attached and interested. Clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct Notifier {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    delay: Duration,
}

#[derive(Default)]
struct State {
    attached: BTreeMap<u64, Attached>,
    next: u64,
    /// List changes that will be announced when their delay is over.
    announced: Vec<ServerNotification>,
}

struct Attached {
    interest: Interest,
    sink: Arc<dyn NotificationSink>,
}

/// Which events a sink wants.
#[derive(Clone, Default)]
pub(crate) struct Interest {
    pub(crate) tools: bool,
    pub(crate) prompts: bool,
    pub(crate) resources: bool,
    /// Every single resource.
    pub(crate) every_uri: bool,
    /// Single resources.
    pub(crate) uris: HashMap<String, Option<Sight>>,
}

/// Whether who watches a resource may know of it at this moment.
pub(crate) type Sight = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// A sink's place among the listeners; dropping it detaches the sink.
#[must_use = "dropping the attachment detaches the sink"]
pub(crate) struct Attachment {
    key: u64,
    notifier: Weak<Shared>,
}

impl Interest {
    /// Changes of every list, and no single resource.
    pub(crate) fn all_lists() -> Self {
        Self { tools: true, prompts: true, resources: true, every_uri: false, uris: HashMap::new() }
    }

    /// Changes of every single resource, and of no list.
    pub(crate) fn every_resource() -> Self {
        Self { every_uri: true, ..Self::default() }
    }

    fn sight(&self, event: &ServerNotification) -> Option<Sight> {
        let ServerNotification::ResourceUpdated { uri } = event else { return None };
        self.uris.get(uri.as_str()).cloned().flatten()
    }

    fn wants(&self, event: &ServerNotification) -> bool {
        match event {
            ServerNotification::ToolsListChanged => self.tools,
            ServerNotification::PromptsListChanged => self.prompts,
            ServerNotification::ResourcesListChanged => self.resources,
            ServerNotification::ResourceUpdated { uri } => self.every_uri || self.uris.contains_key(uri.as_str()),
            _ => false,
        }
    }
}

impl Notifier {
    /// A notifier that announces changes of lists once per `delay`.
    pub(crate) fn new(delay: Duration) -> Self {
        Self { shared: Arc::new(Shared { state: Mutex::default(), delay }) }
    }

    /// Adds a sink for as long as the attachment lives.
    pub(crate) fn attach(&self, interest: Interest, sink: Arc<dyn NotificationSink>) -> Attachment {
        self.attach_after(interest, sink, || ())
    }

    /// Adds a sink right after `first` has run: no event comes between, before or instead. `first` must not use the
    /// notifier.
    pub(crate) fn attach_after(
        &self,
        interest: Interest,
        sink: Arc<dyn NotificationSink>,
        first: impl FnOnce(),
    ) -> Attachment {
        let mut state = self.shared.lock();
        first();
        let key = state.next;
        state.next += 1;
        state.attached.insert(key, Attached { interest, sink });
        Attachment { key, notifier: Arc::downgrade(&self.shared) }
    }

    /// A list has changed: announces it once, however often it changes within the delay. Outside a Tokio runtime
    /// there is nothing to wait with, and it is announced at once.
    pub(crate) fn list_changed(&self, event: ServerNotification) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return self.publish(event) };
        {
            let mut state = self.shared.lock();
            if state.announced.contains(&event) {
                return;
            }
            state.announced.push(event.clone());
        }
        let notifier = self.clone();
        runtime.spawn(async move {
            tokio::time::sleep(notifier.shared.delay).await;
            notifier.shared.lock().announced.retain(|other| *other != event);
            notifier.publish(event);
        });
    }

    /// Hands an event to every sink that wants it. Sinks whose stream is gone are detached.
    pub(crate) fn publish(&self, event: ServerNotification) {
        let mut interested: Vec<(u64, Arc<dyn NotificationSink>, Option<Sight>)> = {
            let state = self.shared.lock();
            let wants = state.attached.iter().filter(|(_, attached)| attached.interest.wants(&event));
            wants.map(|(key, attached)| (*key, attached.sink.clone(), attached.interest.sight(&event))).collect()
        };
        // Users' code runs without the lock; so do sinks, which may wake a reader that attaches or detaches.
        if let ServerNotification::ResourceUpdated { uri } = &event {
            interested.retain(|(_, _, sight)| sight.as_ref().is_none_or(|sees| sees(uri)));
        }
        let published = Arc::new(Published::new(event));
        let is_gone = |sink: &Arc<dyn NotificationSink>| sink.push(&published) == Err(NotPushed::Gone);
        let gone: Vec<u64> = interested.iter().filter(|(_, sink, _)| is_gone(sink)).map(|(key, ..)| *key).collect();
        if !gone.is_empty() {
            let mut state = self.shared.lock();
            state.attached.retain(|key, _| !gone.contains(key));
        }
    }

    /// How many sinks are attached.
    #[cfg(test)]
    pub(crate) fn attached(&self) -> usize {
        self.shared.lock().attached.len()
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").field("attached", &self.shared.lock().attached.len()).finish()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attachment {
    /// Adds one resource to what the sink wants; says whether there was room among `max`.
    pub(crate) fn watch(&self, uri: &str, sight: Option<Sight>, max: usize) -> bool {
        self.edit(|uris| {
            let fits = uris.len() < max || uris.contains_key(uri);
            if fits {
                uris.insert(uri.to_owned(), sight);
            }
            fits
        })
        // A sink whose stream is gone wants nothing any more.
        .unwrap_or(true)
    }

    /// Takes one resource away again.
    pub(crate) fn unwatch(&self, uri: &str) {
        drop(self.edit(|uris| uris.remove(uri)));
    }

    fn edit<R>(&self, edit: impl FnOnce(&mut HashMap<String, Option<Sight>>) -> R) -> Option<R> {
        let shared = self.notifier.upgrade()?;
        let mut state = shared.lock();
        state.attached.get_mut(&self.key).map(|attached| edit(&mut attached.interest.uris))
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        if let Some(shared) = self.notifier.upgrade() {
            // The sink may own a queue; it is dropped without the lock.
            let detached = shared.lock().attached.remove(&self.key);
            drop(detached);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Counter {
        pushed: AtomicUsize,
        open_for: usize,
    }

    impl NotificationSink for Counter {
        fn push(&self, _: &Arc<Published>) -> Result<(), NotPushed> {
            let before = self.pushed.fetch_add(1, Ordering::SeqCst);
            if before < self.open_for { Ok(()) } else { Err(NotPushed::Gone) }
        }
    }

    fn counter(open_for: usize) -> Arc<Counter> {
        Arc::new(Counter { open_for, ..Counter::default() })
    }

    /// SUBS-002.
    #[test]
    fn a_sink_gets_only_what_it_wants_and_nothing_after_it_is_detached() {
        let notifier = Notifier::new(Duration::ZERO);
        let sink = counter(usize::MAX);
        let attachment = notifier.attach(Interest { tools: true, ..Interest::default() }, sink.clone());
        notifier.publish(ServerNotification::PromptsListChanged);
        notifier.publish(ServerNotification::ToolsListChanged);
        notifier.publish(ServerNotification::ResourceUpdated { uri: "test://a".into() });
        drop(attachment);
        notifier.publish(ServerNotification::ToolsListChanged);
        assert_eq!(sink.pushed.load(Ordering::SeqCst), 1);
        assert_eq!(notifier.attached(), 0);
    }

    /// RES-014, RES-016.
    #[test]
    fn a_resource_is_told_to_those_who_watch_it() {
        let notifier = Notifier::new(Duration::ZERO);
        let sink = counter(usize::MAX);
        let attachment = notifier.attach(Interest::all_lists(), sink.clone());
        let update = |uri: &str| notifier.publish(ServerNotification::ResourceUpdated { uri: uri.into() });
        assert!(attachment.watch("test://a", None, 1) && attachment.watch("test://a", None, 1));
        assert!(!attachment.watch("test://b", None, 1));
        ["test://a", "test://b"].into_iter().for_each(update);
        attachment.unwatch("test://a");
        update("test://a");
        assert_eq!(sink.pushed.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn who_may_not_know_of_a_resource_is_not_told_and_is_again_when_he_may() {
        let notifier = Notifier::new(Duration::ZERO);
        let sink = counter(usize::MAX);
        let attachment = notifier.attach(Interest::all_lists(), sink.clone());
        let may = Arc::new(AtomicUsize::new(0));
        let (asked, other) = (may.clone(), notifier.clone());
        let sight: Sight = Arc::new(move |uri| {
            // Users' code may do anything.
            other.publish(ServerNotification::ToolsListChanged);
            uri == "test://a" && asked.load(Ordering::SeqCst) == 1
        });
        assert!(attachment.watch("test://a", Some(sight), 1));
        let update = || notifier.publish(ServerNotification::ResourceUpdated { uri: "test://a".into() });
        update();
        assert_eq!(sink.pushed.swap(0, Ordering::SeqCst), 1);
        may.store(1, Ordering::SeqCst);
        update();
        assert_eq!(sink.pushed.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_sink_whose_stream_is_gone_is_detached() {
        let notifier = Notifier::new(Duration::ZERO);
        let sink = counter(0);
        let _attachment = notifier.attach(Interest::all_lists(), sink.clone());
        notifier.publish(ServerNotification::ToolsListChanged);
        notifier.publish(ServerNotification::ToolsListChanged);
        assert_eq!(sink.pushed.load(Ordering::SeqCst), 1);
        assert_eq!(notifier.attached(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn many_changes_within_the_delay_are_announced_once_and_later_ones_again() {
        let notifier = Notifier::new(Duration::from_millis(10));
        let sink = counter(usize::MAX);
        let _attachment = notifier.attach(Interest::all_lists(), sink.clone());
        for _ in 0..100 {
            notifier.list_changed(ServerNotification::ToolsListChanged);
        }
        assert_eq!(sink.pushed.load(Ordering::SeqCst), 0);
        tokio::time::sleep(Duration::from_millis(11)).await;
        assert_eq!(sink.pushed.load(Ordering::SeqCst), 1);
        notifier.list_changed(ServerNotification::ToolsListChanged);
        tokio::time::sleep(Duration::from_millis(11)).await;
        assert_eq!(sink.pushed.load(Ordering::SeqCst), 2);
    }
}
