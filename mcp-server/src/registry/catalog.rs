//! An ordered, paged set that is read without a lock: readers see a snapshot, writers make the next one.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Arc, Mutex},
};

use mcp_core::sync::lock;

use arc_swap::ArcSwap;

use super::{
    cursor::Position,
    item::{Key, Named, Numbered, Paging},
    snapshot::Snapshot,
};

/// A set of `T` in the order of their arrival. `P` is what a page of them is rendered into. What readers need stands
/// first, together.
#[repr(C)]
pub(super) struct Catalog<T, P> {
    current: ArcSwap<Snapshot<T, P>>,
    key: Key,
    /// Held while the next snapshot is made of it.
    written: Mutex<Written<T>>,
    /// Tells these numbers from those of another process, or of another list.
    numbering: u64,
    paging: Paging<T>,
}

impl<T: Named, P> Catalog<T, P> {
    pub(super) fn new(paging: Paging<T>, key: Key) -> Self {
        Self {
            current: ArcSwap::from_pointee(Snapshot::new(Vec::new(), paging, key)),
            written: Mutex::new(Written { arrivals: 0, own: Vec::new(), mounted: Vec::new() }),
            numbering: RandomState::new().build_hasher().finish(),
            paging,
            key,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<T>> {
        self.current.load().get(&(self.key)(name)).cloned()
    }

    pub(super) fn all(&self) -> Vec<Arc<T>> {
        self.current.load().items().iter().map(|(_, item)| item.clone()).collect()
    }

    /// The names that there are at this moment.
    pub(super) fn snapshot(&self) -> Arc<Snapshot<T, P>> {
        self.current.load_full()
    }

    /// The first item, in order, for which `test` gives something.
    pub(super) fn find<R>(&self, test: impl FnMut(&Arc<T>) -> Option<R>) -> Option<R> {
        self.current.load().items().iter().map(|(_, item)| item).find_map(test)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.current.load().items().is_empty()
    }

    /// Adds items, each in the place of one with the same name if there is one. Returns those that were replaced.
    pub(super) fn insert(&self, items: impl IntoIterator<Item = T>) -> Vec<Arc<T>> {
        // Whatever gives the items may use this set, so it runs without the lock.
        let items: Vec<T> = items.into_iter().collect();
        self.change(|Written { own, arrivals, .. }| Some(put(own, arrivals, items, self.key))).unwrap_or_default()
    }

    /// Removes the item of that name, unless it is a mounted one.
    pub(super) fn remove(&self, name: &str) -> Option<Arc<T>> {
        let key = (self.key)(name);
        self.change(|Written { own, .. }| {
            let place = own.iter().position(|(_, item)| (self.key)(item.name()) == key)?;
            Some(own.remove(place).1)
        })
    }

    /// Replaces the whole set, but for mounted items.
    pub(super) fn replace_all(&self, items: impl IntoIterator<Item = T>) {
        let items: Vec<T> = items.into_iter().collect();
        let before = self.change(|Written { own, arrivals, .. }| {
            let before = std::mem::take(own);
            // Of items with one name the last stays. The others go as what was there goes: without the lock.
            let replaced = put(own, arrivals, items, self.key);
            Some((before, replaced))
        });
        drop(before);
    }

    /// Replaces what is mounted at a place with what `items` gives; it is asked when no other change is under way, so
    /// that whoever asks last has the last word. Items whose names are known keep their places in the order.
    pub(super) fn replace_mounted(&self, place: usize, items: impl FnOnce() -> Vec<T>) {
        self.change(|Written { arrivals, mounted, .. }| {
            if mounted.len() <= place {
                mounted.resize_with(place + 1, Vec::new);
            }
            let at = mounted.get_mut(place)?;
            let before = std::mem::take(at);
            let known: HashMap<Cow<'_, str>, u64> =
                before.iter().map(|(number, item)| ((self.key)(item.name()), *number)).collect();
            let numbered = items().into_iter().map(|item| {
                let number = known.get(&*(self.key)(item.name())).copied().unwrap_or_else(|| {
                    *arrivals += 1;
                    *arrivals
                });
                (number, Arc::new(item))
            });
            *at = numbered.collect();
            Some(before)
        });
    }

    /// Makes the next snapshot, unless the change comes to nothing.
    fn change<R>(&self, change: impl FnOnce(&mut Written<T>) -> Option<R>) -> Option<R> {
        let mut written = lock(&self.written);
        let result = change(&mut written)?;
        let before = self.current.swap(Arc::new(Snapshot::new(written.merged(self.key), self.paging, self.key)));
        drop(written);
        // What a handler owns may do anything when it is dropped, also change this set.
        drop(before);
        Some(result)
    }

    /// The page behind a position, made by `render` from its items, the position of the next page, and whether some
    /// items may have been left out: those that the test, if `filter` gives one, does not let pass. It is asked for
    /// the test after the snapshot was taken, so that no item can be there that it does not know of.
    pub(super) fn page<E, F: Fn(&T) -> bool>(
        &self,
        after: Option<&Position>,
        filter: impl FnOnce() -> Option<F>,
        render: impl FnOnce(&[Numbered<T>], Option<Position>, bool) -> Result<P, E>,
    ) -> Result<Arc<P>, E> {
        let snapshot = self.current.load();
        let is_visible = filter();
        let is_filtered = is_visible.is_some();
        let after = after.map_or(0, |position| self.number_of(&snapshot, position));
        snapshot.page(after, self.paging, is_visible, |part, goes_on| {
            let last = part.last().filter(|_| goes_on);
            let next = last.map(|(number, item)| Position {
                numbering: self.numbering,
                number: *number,
                name: item.name().into(),
            });
            render(part, next, is_filtered)
        })
    }

    /// The number behind which a page starts (2026-07-28, server/utilities/pagination, "Error Handling").
    fn number_of(&self, snapshot: &Snapshot<T, P>, position: &Position) -> u64 {
        let known =
            if position.numbering == self.numbering { None } else { snapshot.number(&(self.key)(&position.name)) };
        known.unwrap_or(position.number)
    }
}

/// What the snapshots are made of.
struct Written<T> {
    arrivals: u64,
    own: Vec<Numbered<T>>,
    /// What is mounted, by place.
    mounted: Vec<Vec<Numbered<T>>>,
}

impl<T: Named> Written<T> {
    /// All items in the order of their arrival. Where a name stands more than once, an own item comes before mounted
    /// ones, and what is mounted at an earlier place before the others.
    fn merged(&self, key: Key) -> Vec<Numbered<T>> {
        if self.mounted.is_empty() {
            return self.own.clone();
        }
        let mut known = HashSet::new();
        let all = self.own.iter().chain(self.mounted.iter().flatten());
        let mut items: Vec<_> = all.filter(|(_, item)| known.insert(key(item.name()))).cloned().collect();
        items.sort_by_key(|(number, _)| *number);
        items
    }
}

/// Adds items to a set, each in the place of one with the same name, and returns those that were replaced.
fn put<T: Named>(
    set: &mut Vec<Numbered<T>>,
    arrivals: &mut u64,
    items: impl IntoIterator<Item = T>,
    key: Key,
) -> Vec<Arc<T>> {
    let mut places: HashMap<Box<str>, usize> =
        set.iter().enumerate().map(|(place, (_, item))| (key(item.name()).into(), place)).collect();
    let mut replaced = Vec::new();
    for item in items.into_iter().map(Arc::new) {
        if let Some((_, old)) = places.get(&*key(item.name())).and_then(|place| set.get_mut(*place)) {
            replaced.push(std::mem::replace(old, item));
        } else {
            places.insert(key(item.name()).into(), set.len());
            *arrivals += 1;
            set.push((*arrivals, item));
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::{super::item::as_written, *};

    impl Named for String {
        fn name(&self) -> &str {
            self.split('=').next().unwrap_or(self)
        }
    }

    type Page = (Vec<String>, Option<Position>);

    fn catalog(page_size: Option<usize>, items: &[&str]) -> Catalog<String, Page> {
        let catalog = Catalog::new(Paging { items: page_size, bytes: None }, as_written);
        catalog.insert(items.iter().map(|&item| item.to_owned()));
        catalog
    }

    fn page(catalog: &Catalog<String, Page>, after: Option<&Position>) -> Arc<Page> {
        let render = |items: &[Numbered<String>], next, _| {
            Ok::<_, ()>((items.iter().map(|(_, item)| (**item).clone()).collect(), next))
        };
        catalog.page(after, || None::<fn(&String) -> bool>, render).unwrap()
    }

    fn page_without(catalog: &Catalog<String, Page>, hidden: &str, after: Option<&Position>) -> Arc<Page> {
        let render = |items: &[Numbered<String>], next, _| {
            Ok::<_, ()>((items.iter().map(|(_, item)| (**item).clone()).collect(), next))
        };
        catalog.page(after, || Some(|item: &String| !hidden.contains(item.as_str())), render).unwrap()
    }

    #[test]
    fn viewers_who_see_the_same_share_its_pages() {
        let catalog = catalog(Some(2), &["a", "b", "c", "d"]);
        let first = page_without(&catalog, "b", None);
        assert_eq!(first.0, ["a", "c"]);
        assert_eq!(page_without(&catalog, "b", first.1.as_ref()).0, ["d"]);
        assert!(Arc::ptr_eq(&first, &page_without(&catalog, "b", None)));
        assert!(!Arc::ptr_eq(&first, &page_without(&catalog, "d", None)));
        assert!(Arc::ptr_eq(&page(&catalog, None), &page_without(&catalog, "", None)));
        // A cursor of one who sees more goes on for one who sees less.
        assert_eq!(page_without(&catalog, "bc", page(&catalog, None).1.as_ref()).0, ["d"]);
        assert_eq!(*page_without(&catalog, "abcd", None), (vec![], None));
    }

    #[test]
    fn the_pages_of_many_different_viewers_are_not_all_kept() {
        let names: Vec<String> = (0..40).map(|number| format!("<{number}>")).collect();
        let catalog = catalog(None, &names.iter().map(String::as_str).collect::<Vec<_>>());
        let first = page_without(&catalog, "<0>", None);
        for name in &names[1..] {
            page_without(&catalog, name, None);
        }
        assert_eq!(*first, *page_without(&catalog, "<0>", None));
        assert!(!Arc::ptr_eq(&first, &page_without(&catalog, "<0>", None)));
        let last = page_without(&catalog, "<39>", None);
        assert!(Arc::ptr_eq(&last, &page_without(&catalog, "<39>", None)));
    }

    /// Held to 2026-07-28, server/tools, "Listing Tools".
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

    /// Held to 2026-07-28, server/utilities/pagination, "Operations Supporting Pagination", "Error Handling".
    #[test]
    fn a_position_stays_good_while_items_come_and_go() {
        let catalog = catalog(Some(2), &["a", "b", "c", "d", "e"]);
        let first = page(&catalog, None);
        assert_eq!(first.0, ["a", "b"]);
        // The item it names comes back at the end: nothing between is left out.
        catalog.remove("a");
        catalog.remove("b");
        catalog.insert(["f".to_owned(), "b".to_owned()]);
        let second = page(&catalog, first.1.as_ref());
        assert_eq!(second.0, ["c", "d"]);
        let third = page(&catalog, second.1.as_ref());
        assert_eq!(third.0, ["e", "f"]);
        let fourth = page(&catalog, third.1.as_ref());
        assert_eq!((fourth.0.as_slice(), fourth.1.as_ref()), (["b".to_owned()].as_slice(), None));
    }

    /// Held to 2026-07-28, server/utilities/pagination, "Error Handling".
    #[test]
    fn a_position_is_good_in_a_replica_with_the_same_items() {
        let here = catalog(Some(2), &["a", "b", "c", "d"]);
        let first = page(&here, None);
        let after = first.1.as_ref();
        assert_eq!(page(&catalog(Some(2), &["a", "b", "c", "d"]), after).0, ["c", "d"]);
        // Its numbers may have run on.
        let ran_on = catalog(Some(2), &["x", "y"]);
        ran_on.replace_all(["a", "b", "c", "d"].map(str::to_owned));
        assert_eq!(page(&ran_on, after).0, ["c", "d"]);
        // It may have lost the item in question.
        let lost = catalog(Some(2), &["a", "b", "c", "d"]);
        lost.remove("b");
        assert_eq!(page(&lost, after).0, ["c", "d"]);
        // It may have nothing behind it.
        assert_eq!(*page(&catalog(Some(2), &["b"]), after), (vec![], None));
    }

    #[test]
    fn own_items_come_before_mounted_ones_of_the_same_name() {
        let catalog = catalog(None, &["a"]);
        let mounted = |items: &'static [&str]| move || items.iter().map(|&item| item.to_owned()).collect();
        catalog.replace_mounted(1, mounted(&["b=1", "c=1"]));
        catalog.replace_mounted(0, mounted(&["c=0", "d=0"]));
        assert_eq!(page(&catalog, None).0, ["a", "b=1", "c=0", "d=0"]);
        catalog.insert(["d".to_owned()]);
        assert_eq!(page(&catalog, None).0, ["a", "b=1", "c=0", "d"]);
        assert_eq!(catalog.remove("d").as_deref().map(String::as_str), Some("d"));
        assert_eq!(catalog.remove("d"), None);
        assert_eq!(catalog.get("d").as_deref().map(String::as_str), Some("d=0"));
        catalog.replace_mounted(0, mounted(&["e=0", "d=2"]));
        assert_eq!(page(&catalog, None).0, ["a", "b=1", "c=1", "d=2", "e=0"]);
        catalog.replace_all([]);
        assert_eq!(page(&catalog, None).0, ["b=1", "c=1", "d=2", "e=0"]);
    }

    #[test]
    fn a_page_holds_no_more_bytes_than_it_may_but_for_one_large_item() {
        let paging = Paging { items: Some(3), bytes: Some((4, String::len as super::super::item::Size<String>)) };
        let catalog = Catalog::new(paging, as_written);
        catalog.insert(["a", "bb", "cc", "dddddd", "e", "f", "g", "h"].map(str::to_owned));
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let next = page(&catalog, after.as_ref());
            assert!(Arc::ptr_eq(&next, &page(&catalog, after.as_ref())), "it is kept");
            pages.push(next.0.concat());
            after = next.1.clone();
            if after.is_none() {
                break;
            }
        }
        assert_eq!(pages, ["abb", "cc", "dddddd", "efg", "h"]);
    }

    #[test]
    fn a_page_is_rendered_once_until_the_set_changes() {
        let catalog = catalog(Some(2), &["a", "b", "c"]);
        let first = page(&catalog, None);
        assert!(Arc::ptr_eq(&first, &page(&catalog, None)));
        assert!(Arc::ptr_eq(&page(&catalog, first.1.as_ref()), &page(&catalog, first.1.as_ref())));
        catalog.insert(["d".to_owned()]);
        assert!(!Arc::ptr_eq(&first, &page(&catalog, None)));
    }

    #[test]
    fn what_is_dropped_may_change_the_set() {
        struct Item(&'static str, std::sync::Weak<Catalog<Item, ()>>);
        impl Named for Item {
            fn name(&self) -> &str {
                self.0
            }
        }
        impl Drop for Item {
            fn drop(&mut self) {
                if let Some(catalog) = self.1.upgrade() {
                    catalog.remove("other");
                }
            }
        }
        let catalog = Arc::new(Catalog::new(Paging { items: None, bytes: None }, as_written));
        let weak = std::sync::Weak::new;
        catalog.insert([Item("other", weak()), Item("a", Arc::downgrade(&catalog))]);
        catalog.replace_all([Item("other", weak())]);
        assert!(catalog.is_empty());
        catalog.replace_all([Item("twin", Arc::downgrade(&catalog)), Item("twin", weak()), Item("other", weak())]);
        assert_eq!(catalog.all().len(), 1);
    }
}
