//! What tools, prompts and resources have in common: a list that changes, is announced, and is read in pages.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mcp_core::{
    error::Error,
    model::{CacheHint, Rendered, ServerNotification},
};

use super::{
    catalog::{Catalog, Named},
    cursor::{self, List},
    snapshot::Numbered,
};
use crate::{limits::CacheHints, notifier::Notifier, request_state::Sealer};

/// What holds for all lists of a server.
pub(crate) struct Terms {
    pub(crate) page_size: Option<usize>,
    pub(crate) notifier: Notifier,
    pub(crate) hints: CacheHints,
    /// Seals cursors.
    pub(crate) sealer: Arc<Sealer>,
}

/// A list of `T`; `P` is one page of it, as it is sent.
pub(super) struct Listing<T, P> {
    catalog: Catalog<T, Rendered<P>>,
    list: List,
    sealer: Arc<Sealer>,
    notifier: Notifier,
    /// What is said when the list changes.
    event: ServerNotification,
    cache: CacheHint,
    /// Set with the first item, or by the builder, and for good: a capability does not go away.
    declared: AtomicBool,
}

impl<T: Named + Clone, P> Listing<T, P> {
    pub(super) fn new(terms: &Terms, list: List) -> Self {
        let hints = &terms.hints;
        let (event, cache) = match list {
            List::Tools => (ServerNotification::ToolsListChanged, hints.tools),
            List::Prompts => (ServerNotification::PromptsListChanged, hints.prompts),
            List::Resources => (ServerNotification::ResourcesListChanged, hints.resources),
            List::ResourceTemplates => (ServerNotification::ResourcesListChanged, hints.resource_templates),
        };
        Self {
            catalog: Catalog::new(terms.page_size),
            list,
            sealer: terms.sealer.clone(),
            notifier: terms.notifier.clone(),
            event,
            cache,
            declared: AtomicBool::new(false),
        }
    }

    /// Adds items without telling anybody: the server is not running yet.
    pub(super) fn fill(&self, items: impl IntoIterator<Item = T>) {
        self.declared.store(true, Ordering::Relaxed);
        self.catalog.insert(items);
    }

    /// Whether the server says that it has such a list (TOOL-001, PROM-001, RES-001).
    pub(super) fn is_declared(&self) -> bool {
        self.declared.load(Ordering::Relaxed)
    }

    /// Adds an item. One of the same name is replaced, keeps its place in the list, and is returned.
    pub(super) fn insert(&self, item: T) -> Option<T> {
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
        self.catalog.replace_all(items);
        self.changed();
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<T>> {
        self.catalog.get(name)
    }

    /// The first item, in order, for which `test` gives something.
    pub(super) fn find<R>(&self, test: impl FnMut(&Arc<T>) -> Option<R>) -> Option<R> {
        self.catalog.find(test)
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.catalog.all().iter().map(|item| item.name().to_owned()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.catalog.is_empty()
    }

    /// Says that the list has changed; the methods of this type do so themselves.
    pub(super) fn changed(&self) {
        self.declared.store(true, Ordering::Relaxed);
        self.notifier.list_changed(self.event.clone());
    }

    /// One page of the list, made by `make` from its items, the next cursor and the hint for caches.
    pub(super) fn page(
        &self,
        cursor: Option<&str>,
        make: impl FnOnce(&[Numbered<T>], Option<String>, CacheHint) -> P,
    ) -> Result<Arc<Rendered<P>>, Error> {
        let after = cursor.map(|cursor| cursor::decode(&self.sealer, self.list, cursor).ok_or_else(unknown_cursor));
        self.catalog.page(after.transpose()?.as_ref(), |items, next| {
            let seal = |position| cursor::encode(&self.sealer, self.list, &position).ok_or_else(no_cursor);
            Ok(Rendered::new(make(items, next.map(seal).transpose()?, self.cache)))
        })
    }
}

/// PAGE-005. Why is for the log.
fn unknown_cursor() -> Error {
    Error::invalid_params("`params.cursor` is not a cursor of this list: start again without one")
}

fn no_cursor() -> Error {
    Error::internal("the next page cannot be named: the system has no randomness")
}
