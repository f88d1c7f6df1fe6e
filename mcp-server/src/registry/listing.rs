//! What tools, prompts and resources have in common: a list that changes, is announced, and is read in pages.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use mcp_core::{
    error::Error,
    model::{CacheHint, Rendered},
    sync::lock,
};

use super::{
    catalog::Catalog,
    cursor::{self, Place, SourcePlace},
    item::{Named, Paging},
    list::{Item, List},
    merge::{Elsewhere, Merge, NamedSource, Paged, no_cursor},
    source::SourceList,
};
use crate::{
    context::CallScope,
    handler::{StateMap, Viewer, Visibility, or_panic},
    limits::CacheHints,
    notifier::Notifier,
    request_state::Sealer,
};

/// What holds for all lists of a server.
pub(crate) struct Terms {
    pub(crate) page_size: Option<usize>,
    pub(crate) page_bytes: Option<usize>,
    /// Most bytes of text of a tool's result.
    pub(crate) result_text_bytes: Option<usize>,
    pub(crate) notifier: Notifier,
    pub(crate) hints: CacheHints,
    /// Seals cursors.
    pub(crate) sealer: Arc<Sealer>,
    /// What holds for every item.
    pub(crate) visibility: Visibility,
    /// What handlers share.
    pub(crate) states: Arc<StateMap>,
}

/// A list that changes. In this order, so that what every call looks at stands together.
#[repr(C)]
pub(super) struct Listing<L: List> {
    /// Set with the first item, or by the builder, and for good: a capability does not go away.
    declared: AtomicBool,
    /// Set with the first item that is not for everybody, and for good: what caches keep must not be public then.
    has_hidden: AtomicBool,
    catalog: Catalog<L::Item, Rendered<L::Page>>,
    list: L,
    sealer: Arc<Sealer>,
    notifier: Notifier,
    cache: CacheHint,
    /// What holds for every item.
    visibility: Visibility,
    /// What else there is, and is not registered. `None` if that is nothing.
    elsewhere: Option<Elsewhere<L::Item>>,
    page_size: Option<usize>,
    page_bytes: Option<usize>,
    /// Which of the items that a viewer may know of stand in the list; all, if nothing is said.
    #[cfg(feature = "discovery")]
    shown: std::sync::OnceLock<Box<Shown<L::Item>>>,
    /// Who is told of changes before anybody else; it goes when it says that it need not be told again.
    hooks: Mutex<Vec<Arc<Hook>>>,
    /// What handlers share.
    states: Arc<StateMap>,
}

#[cfg(feature = "discovery")]
type Shown<T> = dyn Fn(&T, &Viewer<'_>) -> bool + Send + Sync;

type Hook = dyn Fn() -> bool + Send + Sync;

impl<L: List> Listing<L> {
    pub(super) fn new(terms: &Terms, list: L, sources: &SourceList<L::Item>) -> Self {
        let Terms { page_size, page_bytes, notifier, hints, sealer, visibility, states, .. } = terms;
        let size: fn(&L::Item) -> usize = L::size;
        let paging = Paging { items: *page_size, bytes: page_bytes.map(|most| (most, size)) };
        let elsewhere = (!sources.is_empty()).then(|| Elsewhere::new(sources.iter().cloned(), visibility));
        Self {
            declared: AtomicBool::new(elsewhere.is_some()),
            has_hidden: AtomicBool::new(!visibility.is_open()),
            catalog: Catalog::new(paging, list.key()),
            list,
            sealer: sealer.clone(),
            notifier: notifier.clone(),
            cache: L::hint(hints),
            visibility: visibility.clone(),
            elsewhere,
            page_size: *page_size,
            page_bytes: *page_bytes,
            #[cfg(feature = "discovery")]
            shown: std::sync::OnceLock::new(),
            hooks: Mutex::default(),
            states: states.clone(),
        }
    }

    /// Adds items without telling anybody: the server is not running yet.
    #[track_caller]
    pub(super) fn fill(&self, items: impl IntoIterator<Item = L::Item>) {
        let items = self.bind(items);
        self.declared.store(true, Ordering::Relaxed);
        self.catalog.insert(items.into_iter().inspect(|item| self.note(item)));
    }

    /// Gives items the shared state that they take, before anything changes.
    #[track_caller]
    fn bind(&self, items: impl IntoIterator<Item = L::Item>) -> Vec<L::Item> {
        let mut bound = Vec::new();
        for item in items {
            bound.push(or_panic(item.bound(&self.states)));
        }
        bound
    }

    /// Whether the server says that it has such a list (2026-07-28, server/tools, "Capabilities"; 2026-07-28,
    /// server/prompts, "Prompt"; 2026-07-28, server/resources, "Capabilities").
    pub(super) fn is_declared(&self) -> bool {
        self.declared.load(Ordering::Relaxed)
    }

    /// Adds an item. One of the same name is replaced, keeps its place in the list, and is returned.
    #[track_caller]
    pub(super) fn insert(&self, item: L::Item) -> Option<L::Item> {
        let item = or_panic(item.bound(&self.states));
        self.note(&item);
        let replaced = self.catalog.insert([item]).pop();
        self.changed();
        replaced.map(Arc::unwrap_or_clone)
    }

    /// Removes the item of that name and returns it. If there is none, nobody is told.
    pub(super) fn remove(&self, name: &str) -> Option<L::Item> {
        let removed = self.catalog.remove(name)?;
        self.changed();
        Some(Arc::unwrap_or_clone(removed))
    }

    #[track_caller]
    pub(super) fn replace_all(&self, items: impl IntoIterator<Item = L::Item>) {
        let items = self.bind(items);
        self.catalog.replace_all(items.into_iter().inspect(|item| self.note(item)));
        self.changed();
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<L::Item>> {
        self.catalog.get(name)
    }

    /// The first item, in order, for which `test` gives something.
    pub(super) fn find<R>(&self, test: impl FnMut(&Arc<L::Item>) -> Option<R>) -> Option<R> {
        self.catalog.find(test)
    }

    /// Before an item can be found.
    fn note(&self, item: &L::Item) {
        if !item.visibility().is_open() {
            self.has_hidden.store(true, Ordering::Relaxed);
        }
    }

    /// Whether anything has ever been hidden from anybody.
    pub(super) fn has_hidden(&self) -> bool {
        self.has_hidden.load(Ordering::Relaxed)
    }

    /// Whether a viewer may know of an item.
    pub(super) fn shows(&self, item: &L::Item, viewer: &Viewer<'_>) -> bool {
        !self.has_hidden()
            || (self.visibility.shows(viewer, item.listed()) && item.visibility().shows(viewer, item.listed()))
    }

    /// The item of that name, if the viewer may know of it.
    pub(super) fn visible(&self, name: &str, viewer: &Viewer<'_>) -> Option<Arc<L::Item>> {
        self.get(name).filter(|item| self.shows(item, viewer))
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.catalog.all().iter().map(|item| item.name().to_owned()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.catalog.is_empty()
    }

    /// Puts items of a mounted server in its place, as [`fill`](Self::fill).
    pub(super) fn fill_mounted(&self, place: usize, items: impl FnOnce() -> Vec<L::Item>) {
        self.declared.store(true, Ordering::Relaxed);
        self.catalog.replace_mounted(place, || items().into_iter().inspect(|item| self.note(item)).collect());
    }

    /// All items, in order.
    pub(super) fn all(&self) -> Vec<Arc<L::Item>> {
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
        self.notifier.list_changed(L::event());
    }

    /// What else there is, and is not registered.
    pub(super) fn elsewhere(&self) -> Option<&Elsewhere<L::Item>> {
        self.elsewhere.as_ref()
    }

    /// Says which of the items that a viewer may know of stand in the list. Once; then sources do not either.
    #[cfg(feature = "discovery")]
    pub(super) fn show_only(&self, shown: impl Fn(&L::Item, &Viewer<'_>) -> bool + Send + Sync + 'static) {
        // A builder has one.
        let _ = self.shown.set(Box::new(shown));
    }

    #[cfg(feature = "discovery")]
    fn is_whole(&self) -> bool {
        self.shown.get().is_none()
    }

    #[cfg(not(feature = "discovery"))]
    fn is_whole(&self) -> bool {
        true
    }

    fn lists(&self, item: &L::Item, viewer: &Viewer<'_>) -> bool {
        #[cfg(feature = "discovery")]
        if self.shown.get().is_some_and(|shown| !shown(item, viewer)) {
            return false;
        }
        self.shows(item, viewer)
    }

    /// One page of what the caller sees of the list: of what is registered, and then of sources: those that `more` gives
    /// beside the list's own.
    pub(super) fn page(
        &self,
        cursor: Option<&str>,
        scope: &CallScope,
        more: impl FnOnce() -> Vec<NamedSource<L::Item>>,
    ) -> Result<Paged<L::Page>, Error> {
        let decode = |cursor| cursor::decode(&self.sealer, L::MARK, cursor).ok_or_else(unknown_cursor);
        let (after, within) = match cursor.map(decode).transpose()? {
            None => (None, None),
            Some(Place::Behind(position)) => (Some(position), None),
            Some(Place::InSource(place)) => (None, Some(place)),
        };
        if let Some(SourcePlace { source, cursor }) = within {
            let mut sources = self.sources(more());
            let place = sources.iter().position(|(name, _)| *name == source).ok_or_else(unknown_cursor)?;
            return Ok(self.merged(None, sources.split_off(place), cursor, scope));
        }
        let viewer = Viewer::of(scope);
        let filter = || (self.has_hidden() || !self.is_whole()).then_some(|item: &L::Item| self.lists(item, &viewer));
        let page = self.catalog.page(after.as_ref(), filter, |items, next, is_filtered| {
            let seal = |position| cursor::encode(&self.sealer, L::MARK, &Place::Behind(position)).ok_or_else(no_cursor);
            // What depends on who asks is kept by nobody else (2026-07-28, server/utilities/caching, "Cache Scope
            // Field").
            let cache = if is_filtered { self.cache.kept_private() } else { self.cache };
            let definitions = items.iter().filter_map(|(_, item)| self.list.definition(item)).collect();
            Ok::<_, Error>(Rendered::new(L::page(definitions, next.map(seal).transpose()?, cache)))
        })?;
        if L::parts(page.value()).1.is_some() || !self.is_whole() {
            return Ok(Paged::Ready(page));
        }
        let sources = self.sources(more());
        if sources.is_empty() { Ok(Paged::Ready(page)) } else { Ok(self.merged(Some(page), sources, None, scope)) }
    }

    fn sources(&self, mut more: Vec<NamedSource<L::Item>>) -> Vec<NamedSource<L::Item>> {
        more.extend(self.elsewhere.iter().flat_map(Elsewhere::sources).cloned());
        more
    }

    fn merged(
        &self,
        registered: Option<Arc<Rendered<L::Page>>>,
        sources: Vec<NamedSource<L::Item>>,
        cursor: Option<Box<str>>,
        scope: &CallScope,
    ) -> Paged<L::Page> {
        let merge = Merge {
            list: self.list,
            registered,
            known: self.catalog.snapshot(),
            sources,
            cursor,
            visibility: self.visibility.clone(),
            page_size: self.page_size,
            page_bytes: self.page_bytes,
            cache: self.cache,
            sealer: self.sealer.clone(),
        };
        Paged::Later(Box::pin(merge.run(scope.clone())))
    }
}

/// Why a cursor is none is for the log (2026-07-28, server/utilities/pagination, "Error Handling").
fn unknown_cursor() -> Error {
    Error::invalid_params("`params.cursor` is not a cursor of this list: start again without one")
}
