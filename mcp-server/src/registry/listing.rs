//! What tools, prompts and resources have in common: a list that changes, is announced, and is read in pages.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use mcp_core::{
    error::Error,
    model::{CacheHint, Rendered, ServerNotification},
    sync::lock,
    uri,
};

use super::{
    catalog::Catalog,
    cursor::{self, List},
    item::{Key, Named, Numbered, as_written},
};
use crate::{
    handler::{Listed, Viewer, Visibility},
    limits::CacheHints,
    notifier::Notifier,
    request_state::Sealer,
};

/// What holds for all lists of a server.
pub(crate) struct Terms {
    pub(crate) page_size: Option<usize>,
    pub(crate) notifier: Notifier,
    pub(crate) hints: CacheHints,
    /// Seals cursors.
    pub(crate) sealer: Arc<Sealer>,
    /// What holds for every item.
    pub(crate) visibility: Visibility,
}

/// Something that a list has, and that may be hidden.
pub(super) trait Item: Named + Clone {
    fn visibility(&self) -> &Visibility;
    fn listed(&self) -> Listed<'_>;
}

/// A list of `T`; `P` is one page of it, as it is sent. In this order, so that what every call looks at stands together.
#[repr(C)]
pub(super) struct Listing<T, P> {
    /// Set with the first item, or by the builder, and for good: a capability does not go away.
    declared: AtomicBool,
    /// Set with the first item that is not for everybody, and for good: what caches keep must not be public then.
    has_hidden: AtomicBool,
    catalog: Catalog<T, Rendered<P>>,
    list: List,
    sealer: Arc<Sealer>,
    notifier: Notifier,
    /// What is said when the list changes.
    event: ServerNotification,
    cache: CacheHint,
    /// What holds for every item.
    visibility: Visibility,
    /// Who is told of changes before anybody else; it goes when it says that it need not be told again.
    hooks: Mutex<Vec<Arc<Hook>>>,
}

type Hook = dyn Fn() -> bool + Send + Sync;

impl List {
    fn key(self) -> Key {
        match self {
            // Resources are one whose URIs are (RFC 3986, section 6.2.2).
            Self::Resources => uri::normal,
            Self::Tools | Self::Prompts | Self::ResourceTemplates => as_written,
        }
    }
}

impl<T: Item, P> Listing<T, P> {
    pub(super) fn new(terms: &Terms, list: List) -> Self {
        let hints = &terms.hints;
        let (event, cache) = match list {
            List::Tools => (ServerNotification::ToolsListChanged, hints.tools),
            List::Prompts => (ServerNotification::PromptsListChanged, hints.prompts),
            List::Resources => (ServerNotification::ResourcesListChanged, hints.resources),
            List::ResourceTemplates => (ServerNotification::ResourcesListChanged, hints.resource_templates),
        };
        Self {
            catalog: Catalog::new(terms.page_size, list.key()),
            list,
            sealer: terms.sealer.clone(),
            notifier: terms.notifier.clone(),
            event,
            cache,
            visibility: terms.visibility.clone(),
            has_hidden: AtomicBool::new(!terms.visibility.is_open()),
            declared: AtomicBool::new(false),
            hooks: Mutex::default(),
        }
    }

    /// Adds items without telling anybody: the server is not running yet.
    pub(super) fn fill(&self, items: impl IntoIterator<Item = T>) {
        self.declared.store(true, Ordering::Relaxed);
        self.catalog.insert(items.into_iter().inspect(|item| self.note(item)));
    }

    /// Whether the server says that it has such a list (2026-07-28, server/tools, "Capabilities"; 2026-07-28,
    /// server/prompts, "Prompt"; 2026-07-28, server/resources, "Capabilities").
    pub(super) fn is_declared(&self) -> bool {
        self.declared.load(Ordering::Relaxed)
    }

    /// Adds an item. One of the same name is replaced, keeps its place in the list, and is returned.
    pub(super) fn insert(&self, item: T) -> Option<T> {
        self.note(&item);
        let replaced = self.catalog.insert([item]).pop();
        self.changed();
        replaced.map(Arc::unwrap_or_clone)
    }

    /// Removes the item of that name and returns it. If there is none, nobody is told.
    pub(super) fn remove(&self, name: &str) -> Option<T> {
        let removed = self.catalog.remove(name)?;
        self.changed();
        Some(Arc::unwrap_or_clone(removed))
    }

    pub(super) fn replace_all(&self, items: impl IntoIterator<Item = T>) {
        self.catalog.replace_all(items.into_iter().inspect(|item| self.note(item)));
        self.changed();
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<T>> {
        self.catalog.get(name)
    }

    /// The first item, in order, for which `test` gives something.
    pub(super) fn find<R>(&self, test: impl FnMut(&Arc<T>) -> Option<R>) -> Option<R> {
        self.catalog.find(test)
    }

    /// Before an item can be found.
    fn note(&self, item: &T) {
        if !item.visibility().is_open() {
            self.has_hidden.store(true, Ordering::Relaxed);
        }
    }

    /// Whether anything has ever been hidden from anybody.
    pub(super) fn has_hidden(&self) -> bool {
        self.has_hidden.load(Ordering::Relaxed)
    }

    /// Whether a viewer may know of an item.
    pub(super) fn shows(&self, item: &T, viewer: &Viewer<'_>) -> bool {
        !self.has_hidden()
            || (self.visibility.shows(viewer, item.listed()) && item.visibility().shows(viewer, item.listed()))
    }

    /// The item of that name, if the viewer may know of it.
    pub(super) fn visible(&self, name: &str, viewer: &Viewer<'_>) -> Option<Arc<T>> {
        self.get(name).filter(|item| self.shows(item, viewer))
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.catalog.all().iter().map(|item| item.name().to_owned()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.catalog.is_empty()
    }

    /// Puts items of a mounted server in its place, as [`fill`](Self::fill).
    pub(super) fn fill_mounted(&self, place: usize, items: impl FnOnce() -> Vec<T>) {
        self.declared.store(true, Ordering::Relaxed);
        self.catalog.replace_mounted(place, || items().into_iter().inspect(|item| self.note(item)).collect());
    }

    /// All items, in order.
    pub(super) fn all(&self) -> Vec<Arc<T>> {
        self.catalog.all()
    }

    /// Calls `hook` whenever the list has changed, until it returns `false`.
    pub(super) fn on_change(&self, hook: Arc<Hook>) {
        lock(&self.hooks).push(hook);
    }

    fn run_hooks(&self) {
        let lock = || lock(&self.hooks);
        // They run without the lock: they change other lists.
        let hooks = lock().clone();
        let is_gone = |hook: &&Arc<Hook>| !hook();
        let gone: Vec<_> = hooks.iter().filter(is_gone).collect();
        if !gone.is_empty() {
            lock().retain(|hook| !gone.iter().any(|gone| Arc::ptr_eq(gone, hook)));
        }
    }

    /// Says that the list has changed; the methods of this type do so themselves.
    pub(super) fn changed(&self) {
        self.declared.store(true, Ordering::Relaxed);
        self.run_hooks();
        self.notifier.list_changed(self.event.clone());
    }

    /// One page of what the viewer sees of the list, made by `make` from its items, the next cursor and the hint for
    /// caches.
    pub(super) fn page(
        &self,
        cursor: Option<&str>,
        viewer: &Viewer<'_>,
        make: impl FnOnce(&[Numbered<T>], Option<String>, CacheHint) -> P,
    ) -> Result<Arc<Rendered<P>>, Error> {
        let after = cursor.map(|cursor| cursor::decode(&self.sealer, self.list, cursor).ok_or_else(unknown_cursor));
        let filter = || self.has_hidden().then_some(|item: &T| self.shows(item, viewer));
        self.catalog.page(after.transpose()?.as_ref(), filter, |items, next, is_filtered| {
            let seal = |position| cursor::encode(&self.sealer, self.list, &position).ok_or_else(no_cursor);
            // What depends on who asks is kept by nobody else (2026-07-28, server/utilities/caching, "Cache Scope
            // Field").
            let cache = if is_filtered { self.cache.kept_private() } else { self.cache };
            Ok(Rendered::new(make(items, next.map(seal).transpose()?, cache)))
        })
    }
}

/// Why a cursor is none is for the log (2026-07-28, server/utilities/pagination, "Error Handling").
fn unknown_cursor() -> Error {
    Error::invalid_params("`params.cursor` is not a cursor of this list: start again without one")
}

fn no_cursor() -> Error {
    Error::internal("the next page cannot be named: the system has no randomness")
}
