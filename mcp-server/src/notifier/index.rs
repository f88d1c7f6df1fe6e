//! Sinks by what they watch, so that an event costs those who watch it and nobody else.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use mcp_core::{
    json::Text,
    model::ServerNotification,
    sink::{NotificationSink, Published},
    uri::normal,
};

use super::Interest;
use crate::budget::{Budget, Held, shrink};

/// The sinks that are attached.
#[derive(Default)]
pub(super) struct Index {
    sinks: HashMap<u64, Attached>,
    /// The keys of the sinks that want a whole kind of event.
    kinds: [BTreeSet<u64>; 4],
    /// Those that want single resources, by the URI's normal form.
    resources: HashMap<Arc<str>, BTreeMap<u64, Spelling>>,
    next: u64,
}

struct Attached {
    sink: Arc<dyn NotificationSink>,
    /// The normal forms of the URIs that it watches.
    uris: HashSet<Arc<str>>,
    /// What they cost, in bytes.
    bytes: usize,
    /// Their place among what is kept, if it is counted here.
    kept: Option<Held>,
}

/// How a watcher spells a URI; `None` for the normal form itself.
type Spelling = Option<Text>;

/// Why a resource is not watched. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotWatched {
    /// So many are watched already.
    TooMany,
    /// Those that are watched take so much room already.
    TooLarge,
    /// All that are watched in the whole server take too much room already.
    NoRoom,
}

/// How much one sink may watch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WatchLimits<'a> {
    pub(crate) resources: usize,
    pub(crate) bytes: usize,
    /// Where it is counted, if that is not done by whoever makes the interest.
    pub(crate) kept: Option<&'a Arc<Budget>>,
}

/// A sink that wants an event, by its key, and the event in the spelling that it wants.
pub(super) struct Delivery {
    pub(super) key: u64,
    pub(super) event: Arc<Published>,
}

/// What watching one resource costs besides its URI, in bytes, as far as one peer's share goes.
const WATCH_BYTES: usize = 64;
/// What it may take in memory besides its URI: places in the tables, and an event that may wait.
const KEPT_BYTES: usize = 768;

impl WatchLimits<'_> {
    /// What watching a resource costs, in bytes.
    pub(crate) fn cost(uri: &str) -> usize {
        WATCH_BYTES + uri.len()
    }

    /// What it may take in memory: the URI is there in its normal form, as it was spelt, and in the event.
    pub(crate) fn kept(normal: &str, uri: &str) -> usize {
        KEPT_BYTES + normal.len() + 2 * uri.len()
    }
}

impl Index {
    pub(super) fn len(&self) -> usize {
        self.sinks.len()
    }

    /// That sink, if it is still attached.
    pub(super) fn sink(&self, key: u64) -> Option<Arc<dyn NotificationSink>> {
        self.sinks.get(&key).map(|attached| attached.sink.clone())
    }

    pub(super) fn insert(&mut self, interest: &Interest, sink: Arc<dyn NotificationSink>) -> u64 {
        let key = self.next;
        self.next += 1;
        self.sinks.insert(key, Attached { sink, uris: HashSet::new(), bytes: 0, kept: None });
        for (kind, keys) in KINDS.iter().zip(&mut self.kinds) {
            if interest.wants(kind) {
                keys.insert(key);
            }
        }
        let unlimited = WatchLimits { resources: usize::MAX, bytes: usize::MAX, kept: None };
        for uri in &interest.uris {
            // Who makes an interest holds it to its bounds before.
            let _ = self.watch(key, uri, unlimited);
        }
        key
    }

    /// The sink is dropped by the caller, without the lock.
    pub(super) fn remove(&mut self, key: u64) -> Option<Arc<dyn NotificationSink>> {
        let Attached { sink, uris, .. } = self.sinks.remove(&key)?;
        shrink(&mut self.sinks);
        for keys in &mut self.kinds {
            keys.remove(&key);
        }
        for uri in uris {
            forget(&mut self.resources, &uri, key);
        }
        Some(sink)
    }

    /// Watches a resource, or spells one otherwise that is watched already.
    pub(super) fn watch(&mut self, key: u64, uri: &str, limits: WatchLimits<'_>) -> Result<(), NotWatched> {
        // A sink whose stream is gone wants nothing any more.
        let Some(attached) = self.sinks.get_mut(&key) else { return Ok(()) };
        let normal = normal(uri);
        let spelling = (normal != uri).then(|| Text::from(uri));
        let watched = self.resources.get(&*normal).and_then(|watchers| watchers.get(&key));
        let before = watched.map(|spelt| spelt.as_deref().unwrap_or(&normal));
        if before.is_none() && attached.uris.len() >= limits.resources {
            return Err(NotWatched::TooMany);
        }
        attached.count(&normal, before, uri, limits)?;
        let normal = match self.resources.get_key_value(&*normal) {
            Some((shared, _)) => shared.clone(),
            None => Arc::from(&*normal),
        };
        attached.uris.insert(normal.clone());
        self.resources.entry(normal).or_default().insert(key, spelling);
        Ok(())
    }

    /// Returns the spelling in which it was told of the resource.
    pub(super) fn unwatch(&mut self, key: u64, uri: &str) -> Option<Arc<str>> {
        let attached = self.sinks.get_mut(&key)?;
        let shared = attached.uris.take(&*normal(uri))?;
        let spelling = forget(&mut self.resources, &shared, key);
        attached.discount(&shared, spelling.as_deref().unwrap_or(&shared));
        Some(spelling.map_or(shared, |spelling| spelling.as_str().into()))
    }

    /// Whether anybody wants the event.
    pub(super) fn is_wanted(&self, event: &ServerNotification) -> bool {
        self.of_kind(event).next().is_some() || self.watchers(event).is_some()
    }

    /// Everybody who wants the event, each once. The sinks are looked up one by one when it is their turn, because nobody
    /// else runs meanwhile.
    pub(super) fn deliveries(&self, event: &Arc<Published>) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        let mut add = |key: u64, event: &Arc<Published>| deliveries.push(Delivery { key, event: event.clone() });
        let watchers = self.watchers(event.value());
        for key in self.of_kind(event.value()) {
            if !watchers.is_some_and(|watchers| watchers.contains_key(key)) {
                add(*key, event);
            }
        }
        let mut spelt = Spelt { event, normal: None, others: HashMap::new() };
        for (key, spelling) in watchers.into_iter().flatten() {
            add(*key, spelt.like(spelling));
        }
        deliveries
    }

    fn of_kind(&self, event: &ServerNotification) -> impl Iterator<Item = &u64> {
        let kind = KINDS.iter().position(|kind| std::mem::discriminant(kind) == std::mem::discriminant(event));
        kind.and_then(|kind| self.kinds.get(kind)).into_iter().flatten()
    }

    fn watchers(&self, event: &ServerNotification) -> Option<&BTreeMap<u64, Spelling>> {
        let ServerNotification::ResourceUpdated { uri } = event else { return None };
        self.resources.get(&*normal(uri))
    }
}

impl Attached {
    /// Counts a URI, in place of the spelling that was watched `before`.
    fn count(
        &mut self,
        normal: &str,
        before: Option<&str>,
        uri: &str,
        limits: WatchLimits<'_>,
    ) -> Result<(), NotWatched> {
        let bytes = self.bytes + WatchLimits::cost(uri) - before.map_or(0, WatchLimits::cost);
        if bytes > limits.bytes {
            return Err(NotWatched::TooLarge);
        }
        if let Some(budget) = limits.kept {
            let bytes = WatchLimits::kept(normal, uri);
            let has_room = match &mut self.kept {
                Some(kept) => kept.grow(bytes),
                None => {
                    self.kept = budget.take(bytes);
                    self.kept.is_some()
                }
            };
            if !has_room {
                return Err(NotWatched::NoRoom);
            }
        }
        self.bytes = bytes;
        if let (Some(before), Some(kept)) = (before, &mut self.kept) {
            kept.shrink(WatchLimits::kept(normal, before));
        }
        Ok(())
    }

    /// Counts a URI no more.
    fn discount(&mut self, normal: &str, uri: &str) {
        self.bytes -= WatchLimits::cost(uri);
        if let Some(kept) = &mut self.kept {
            kept.shrink(WatchLimits::kept(normal, uri));
        }
    }
}

/// A sink watches a resource no more; how it spelt its URI.
fn forget(resources: &mut HashMap<Arc<str>, BTreeMap<u64, Spelling>>, normal: &str, key: u64) -> Spelling {
    let watchers = resources.get_mut(normal)?;
    let spelling = watchers.remove(&key);
    if watchers.is_empty() {
        resources.remove(normal);
        shrink(resources);
    }
    spelling.flatten()
}

/// One event of each kind that a sink may want as a whole.
static KINDS: [ServerNotification; 4] = [
    ServerNotification::ToolsListChanged,
    ServerNotification::PromptsListChanged,
    ServerNotification::ResourcesListChanged,
    ServerNotification::ResourceUpdated { uri: Text::from_static("") },
];

/// One event in the spellings of its URI that are asked for: a watcher compares the URI with the one that it sent, letter
/// by letter.
struct Spelt<'a> {
    event: &'a Arc<Published>,
    /// In the normal form of its URI, once somebody has asked for that: most who watch do.
    normal: Option<Arc<Published>>,
    others: HashMap<Text, Arc<Published>>,
}

impl Spelt<'_> {
    fn like(&mut self, spelling: &Spelling) -> &Arc<Published> {
        let ServerNotification::ResourceUpdated { uri } = self.event.value() else { return self.event };
        let Some(wanted) = spelling else {
            return self.normal.get_or_insert_with(|| match normal(uri) {
                Cow::Borrowed(_) => self.event.clone(),
                Cow::Owned(normal) => spelt_like(self.event, normal.into()),
            });
        };
        if *wanted == **uri {
            return self.event;
        }
        self.others.entry(wanted.clone()).or_insert_with_key(|wanted| spelt_like(self.event, wanted.clone()))
    }
}

/// The same event in another spelling of its URI.
fn spelt_like(event: &Published, uri: Text) -> Arc<Published> {
    Arc::new(Published::from_origin(ServerNotification::ResourceUpdated { uri }, event.origin().clone()))
}
