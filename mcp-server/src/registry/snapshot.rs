//! A set at one moment, and the pages that were made of it.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Arc, Mutex, OnceLock},
};

use foldhash::fast::FixedState;
use mcp_core::sync::lock;

use super::item::{Key, Named, Numbered, Paging};

/// How many different parts of a set keep their pages. The oldest goes first.
const MOST_PARTS: usize = 32;

/// A set at one moment. `P` is what a page of it is rendered into.
pub(super) struct Snapshot<T, P> {
    whole: View<T, P>,
    /// The places of the items, by their keys. The hash is a fast one: only what has been put in can stand in its way,
    /// never what is looked for.
    places: HashMap<Box<str>, usize, FixedState>,
    /// What some viewers see of it.
    parts: Mutex<VecDeque<Part<T, P>>>,
}

struct Part<T, P> {
    /// For each item, whether it is visible.
    visible: Box<[bool]>,
    view: Arc<View<T, P>>,
}

/// Items in the order of their numbers, and their pages.
struct View<T, P> {
    items: Vec<Numbered<T>>,
    /// The pages that start where a page of these items starts; others are not kept. In order.
    pages: Box<[(usize, OnceLock<Arc<P>>)]>,
}

impl<T: Named, P> Snapshot<T, P> {
    pub(super) fn new(items: Vec<Numbered<T>>, paging: Paging<T>, key: Key) -> Self {
        let seed = FixedState::with_seed(RandomState::new().build_hasher().finish());
        let mut places = HashMap::with_capacity_and_hasher(items.len(), seed);
        places.extend(items.iter().enumerate().map(|(place, (_, item))| (key(item.name()).into(), place)));
        Self { whole: View::new(items, paging), places, parts: Mutex::default() }
    }

    pub(super) fn items(&self) -> &[Numbered<T>] {
        &self.whole.items
    }

    pub(super) fn get(&self, key: &str) -> Option<&Arc<T>> {
        Some(&self.numbered(key)?.1)
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        Some(self.numbered(key)?.0)
    }

    fn numbered(&self, key: &str) -> Option<&Numbered<T>> {
        self.places.get(key).and_then(|place| self.whole.items.get(*place))
    }

    /// The page behind a number, made by `render` from its items and from whether there are more behind them. Items
    /// that `is_visible` does not let pass are left out as if they were not there.
    pub(super) fn page<E>(
        &self,
        after: u64,
        paging: Paging<T>,
        is_visible: Option<impl Fn(&T) -> bool>,
        render: impl FnOnce(&[Numbered<T>], bool) -> Result<P, E>,
    ) -> Result<Arc<P>, E> {
        let Some(is_visible) = is_visible else { return self.whole.page(after, paging, render) };
        let visible: Box<[bool]> = self.whole.items.iter().map(|(_, item)| is_visible(item)).collect();
        if visible.iter().all(|visible| *visible) {
            return self.whole.page(after, paging, render);
        }
        self.part(visible, paging).page(after, paging, render)
    }

    fn part(&self, visible: Box<[bool]>, paging: Paging<T>) -> Arc<View<T, P>> {
        let mut parts = lock(&self.parts);
        if let Some(known) = parts.iter().find(|part| part.visible == visible) {
            return known.view.clone();
        }
        let items =
            self.whole.items.iter().zip(&visible).filter(|(_, visible)| **visible).map(|(item, _)| item.clone());
        let view = Arc::new(View::new(items.collect(), paging));
        if parts.len() == MOST_PARTS {
            parts.pop_front();
        }
        parts.push_back(Part { visible, view: view.clone() });
        view
    }
}

impl<T, P> View<T, P> {
    fn new(items: Vec<Numbered<T>>, paging: Paging<T>) -> Self {
        let mut pages = vec![(0, OnceLock::new())];
        let mut end = paging.end(&items, 0);
        while end < items.len() {
            pages.push((end, OnceLock::new()));
            end = paging.end(&items, end);
        }
        Self { items, pages: pages.into() }
    }

    fn page<E>(
        &self,
        after: u64,
        paging: Paging<T>,
        render: impl FnOnce(&[Numbered<T>], bool) -> Result<P, E>,
    ) -> Result<Arc<P>, E> {
        let start = self.items.partition_point(|(number, _)| *number <= after);
        let place = self.pages.binary_search_by_key(&start, |(start, _)| *start).ok();
        let kept = place.and_then(|place| self.pages.get(place)).map(|(_, page)| page);
        if let Some(page) = kept.and_then(OnceLock::get) {
            return Ok(page.clone());
        }
        let end = paging.end(&self.items, start);
        let part = self.items.get(start..end).unwrap_or_default();
        let page = Arc::new(render(part, end < self.items.len())?);
        // If another made it meanwhile, all share that one.
        Ok(kept.map_or_else(|| page.clone(), |kept| kept.get_or_init(|| page.clone()).clone()))
    }
}
