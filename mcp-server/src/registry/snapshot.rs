//! A set at one moment, and the pages that were made of it.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use super::catalog::Named;

/// An item with its number in the order of arrival. It keeps the number when it is replaced.
pub(super) type Numbered<T> = (u64, Arc<T>);

/// A set at one moment. `P` is what a page of it is rendered into.
pub(super) struct Snapshot<T, P> {
    whole: View<T, P>,
    by_name: HashMap<Box<str>, usize>,
}

/// Items in the order of their numbers, and their pages.
struct View<T, P> {
    items: Vec<Numbered<T>>,
    /// The pages that start where a page of these items starts; others are not kept.
    pages: Box<[OnceLock<Arc<P>>]>,
}

impl<T: Named, P> Snapshot<T, P> {
    pub(super) fn new(items: Vec<Numbered<T>>, page_size: Option<usize>) -> Self {
        let by_name = items.iter().enumerate().map(|(place, (_, item))| (item.name().into(), place)).collect();
        Self { whole: View::new(items, page_size), by_name }
    }

    pub(super) fn items(&self) -> &[Numbered<T>] {
        &self.whole.items
    }

    pub(super) fn get(&self, name: &str) -> Option<&Arc<T>> {
        Some(&self.numbered(name)?.1)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        Some(self.numbered(name)?.0)
    }

    fn numbered(&self, name: &str) -> Option<&Numbered<T>> {
        self.by_name.get(name).and_then(|place| self.whole.items.get(*place))
    }

    /// The page behind a number, made by `render` from its items and from whether there are more behind them.
    pub(super) fn page<E>(
        &self,
        after: u64,
        page_size: Option<usize>,
        render: impl FnOnce(&[Numbered<T>], bool) -> Result<P, E>,
    ) -> Result<Arc<P>, E> {
        self.whole.page(after, page_size, render)
    }
}

impl<T, P> View<T, P> {
    fn new(items: Vec<Numbered<T>>, page_size: Option<usize>) -> Self {
        let pages = page_size.map_or(1, |size| items.len().div_ceil(size).max(1));
        Self { items, pages: (0..pages).map(|_| OnceLock::new()).collect() }
    }

    fn page<E>(
        &self,
        after: u64,
        page_size: Option<usize>,
        render: impl FnOnce(&[Numbered<T>], bool) -> Result<P, E>,
    ) -> Result<Arc<P>, E> {
        let start = self.items.partition_point(|(number, _)| *number <= after);
        let end = page_size.map_or(self.items.len(), |size| (start + size).min(self.items.len()));
        let size = page_size.unwrap_or(usize::MAX);
        let kept = self.pages.get(start / size).filter(|_| start % size == 0);
        if let Some(page) = kept.and_then(OnceLock::get) {
            return Ok(page.clone());
        }
        let part = self.items.get(start..end).unwrap_or_default();
        let page = Arc::new(render(part, end < self.items.len())?);
        // If another made it meanwhile, all share that one.
        Ok(kept.map_or_else(|| page.clone(), |kept| kept.get_or_init(|| page.clone()).clone()))
    }
}
