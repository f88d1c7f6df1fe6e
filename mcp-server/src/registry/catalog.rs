//! An ordered, paged set that is read without a lock: readers see a snapshot, writers make the next one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use arc_swap::ArcSwap;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Something with a name that is unique in its catalog.
pub(super) trait Named {
    fn name(&self) -> &str;
}

/// A set of `T` in the order of their arrival. `P` is what a page of them is rendered into.
pub(super) struct Catalog<T, P> {
    current: ArcSwap<Snapshot<T, P>>,
    /// Held while the next snapshot is made; counts the arrivals.
    arrivals: Mutex<u64>,
    page_size: Option<usize>,
}

/// The set at one moment.
pub(super) struct Snapshot<T, P> {
    /// In the order of their numbers. An item keeps its number when it is replaced.
    items: Vec<(u64, Arc<T>)>,
    by_name: HashMap<Box<str>, usize>,
    /// The pages that start where a page of this snapshot starts; others are not kept.
    pages: Box<[OnceLock<Arc<P>>]>,
}

/// A cursor that this server did not make.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnknownCursor;

impl<T: Named, P> Catalog<T, P> {
    pub(super) fn new(page_size: Option<usize>) -> Self {
        let page_size = page_size.map(|size| size.max(1));
        Self {
            current: ArcSwap::from_pointee(Snapshot::new(Vec::new(), page_size)),
            arrivals: Mutex::new(0),
            page_size,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<T>> {
        self.current.load().get(name).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<T>> {
        self.current.load().items.iter().map(|(_, item)| item.clone()).collect()
    }

    /// The first item, in order, for which `test` gives something.
    pub(super) fn find<R>(&self, test: impl FnMut(&Arc<T>) -> Option<R>) -> Option<R> {
        self.current.load().items.iter().map(|(_, item)| item).find_map(test)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.current.load().items.is_empty()
    }

    /// Adds items, each in the place of one with the same name if there is one. Returns those that were replaced.
    pub(super) fn insert(&self, items: impl IntoIterator<Item = T>) -> Vec<Arc<T>> {
        self.change(|set, arrivals| put(set, arrivals, items))
    }

    /// Removes the item of that name.
    pub(super) fn remove(&self, name: &str) -> Option<Arc<T>> {
        // The common miss makes no new snapshot.
        self.get(name)?;
        self.change(|set, _| {
            let place = set.iter().position(|(_, item)| item.name() == name)?;
            Some(set.remove(place).1)
        })
    }

    /// Replaces the whole set.
    pub(super) fn replace_all(&self, items: impl IntoIterator<Item = T>) {
        self.change(|set, arrivals| {
            set.clear();
            put(set, arrivals, items);
        });
    }

    fn change<R>(&self, change: impl FnOnce(&mut Vec<(u64, Arc<T>)>, &mut u64) -> R) -> R {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        let mut items = self.current.load().items.clone();
        let result = change(&mut items, &mut arrivals);
        self.current.store(Arc::new(Snapshot::new(items, self.page_size)));
        result
    }

    /// The page that starts behind `cursor`, made by `render` from its items and the cursor of the next page.
    pub(super) fn page(
        &self,
        cursor: Option<&str>,
        render: impl FnOnce(Vec<Arc<T>>, Option<String>) -> P,
    ) -> Result<Arc<P>, UnknownCursor> {
        let snapshot = self.current.load();
        let after = cursor.map_or(Ok(0), decode_cursor)?;
        let start = snapshot.items.partition_point(|(number, _)| *number <= after);
        let end = self.page_size.map_or(snapshot.items.len(), |size| (start + size).min(snapshot.items.len()));
        let make = || {
            let part = snapshot.items.get(start..end).unwrap_or_default();
            let next = part.last().filter(|_| end < snapshot.items.len()).map(|(number, _)| encode_cursor(*number));
            Arc::new(render(part.iter().map(|(_, item)| item.clone()).collect(), next))
        };
        let size = self.page_size.unwrap_or(usize::MAX);
        match snapshot.pages.get(start / size).filter(|_| start % size == 0) {
            Some(kept) => Ok(kept.get_or_init(make).clone()),
            None => Ok(make()),
        }
    }
}

/// Adds items to a set, each in the place of one with the same name, and returns those that were replaced.
fn put<T: Named>(set: &mut Vec<(u64, Arc<T>)>, arrivals: &mut u64, items: impl IntoIterator<Item = T>) -> Vec<Arc<T>> {
    let mut places: HashMap<Box<str>, usize> =
        set.iter().enumerate().map(|(place, (_, item))| (item.name().into(), place)).collect();
    let mut replaced = Vec::new();
    for item in items.into_iter().map(Arc::new) {
        if let Some((_, old)) = places.get(item.name()).and_then(|place| set.get_mut(*place)) {
            replaced.push(std::mem::replace(old, item));
        } else {
            places.insert(item.name().into(), set.len());
            *arrivals += 1;
            set.push((*arrivals, item));
        }
    }
    replaced
}

impl<T: Named, P> Snapshot<T, P> {
    fn new(items: Vec<(u64, Arc<T>)>, page_size: Option<usize>) -> Self {
        let by_name = items.iter().enumerate().map(|(place, (_, item))| (item.name().into(), place)).collect();
        let pages = page_size.map_or(1, |size| items.len().div_ceil(size).max(1));
        Self { items, by_name, pages: (0..pages).map(|_| OnceLock::new()).collect() }
    }

    fn get(&self, name: &str) -> Option<&Arc<T>> {
        self.by_name.get(name).and_then(|place| self.items.get(*place)).map(|(_, item)| item)
    }
}

/// A cursor names the last item of the page before by its number, so that it stays good when other items come and
/// go (PAGE-005).
fn encode_cursor(number: u64) -> String {
    URL_SAFE_NO_PAD.encode(number.to_be_bytes())
}

fn decode_cursor(cursor: &str) -> Result<u64, UnknownCursor> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| UnknownCursor)?;
    bytes.try_into().map(u64::from_be_bytes).map_err(|_| UnknownCursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Named for String {
        fn name(&self) -> &str {
            self.split('=').next().unwrap_or(self)
        }
    }

    type Page = (Vec<String>, Option<String>);

    fn catalog(page_size: Option<usize>, items: &[&str]) -> Catalog<String, Page> {
        let catalog = Catalog::new(page_size);
        catalog.insert(items.iter().map(|&item| item.to_owned()));
        catalog
    }

    fn page(catalog: &Catalog<String, Page>, cursor: Option<&str>) -> Arc<Page> {
        catalog.page(cursor, |items, next| (items.iter().map(|item| (**item).clone()).collect(), next)).unwrap()
    }

    /// TOOL-003.
    #[test]
    fn items_keep_the_order_of_their_arrival_and_a_replaced_one_its_place() {
        let catalog = catalog(None, &["c", "a", "b"]);
        assert_eq!(*catalog.insert(["a=2".to_owned()])[0], "a");
        assert_eq!(catalog.remove("c").as_deref().map(String::as_str), Some("c"));
        assert_eq!(catalog.remove("c"), None);
        catalog.insert(["c=2".to_owned()]);
        assert_eq!(page(&catalog, None).0, ["a=2", "b", "c=2"]);
        assert_eq!(catalog.get("a").as_deref().map(String::as_str), Some("a=2"));
    }

    /// PAGE-001, PAGE-005.
    #[test]
    fn a_cursor_stays_good_while_items_come_and_go() {
        let catalog = catalog(Some(2), &["a", "b", "c", "d", "e"]);
        let first = page(&catalog, None);
        assert_eq!(first.0, ["a", "b"]);
        catalog.remove("a");
        catalog.insert(["f".to_owned()]);
        let second = page(&catalog, first.1.as_deref());
        assert_eq!(second.0, ["c", "d"]);
        let third = page(&catalog, second.1.as_deref());
        assert_eq!((third.0.as_slice(), third.1.as_ref()), (["e".to_owned(), "f".to_owned()].as_slice(), None));
        for cursor in ["", "!", "AAAA", "AAAAAAAAAAAAAAAA"] {
            assert_eq!(catalog.page(Some(cursor), |_, _| Page::default()).err(), Some(UnknownCursor), "{cursor}");
        }
    }

    #[test]
    fn a_page_is_rendered_once_until_the_set_changes() {
        let catalog = catalog(Some(2), &["a", "b", "c"]);
        let first = page(&catalog, None);
        assert!(Arc::ptr_eq(&first, &page(&catalog, None)));
        assert!(Arc::ptr_eq(&page(&catalog, first.1.as_deref()), &page(&catalog, first.1.as_deref())));
        catalog.insert(["d".to_owned()]);
        assert!(!Arc::ptr_eq(&first, &page(&catalog, None)));
    }
}
