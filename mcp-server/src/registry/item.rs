//! What a list holds: things with names, which are compared in one way or another.

use std::{borrow::Cow, sync::Arc};

/// Something with a name that is unique in its catalog.
pub(crate) trait Named {
    fn name(&self) -> &str;
}

/// What names are compared by: items whose names have the same key are one.
pub(super) type Key = fn(&str) -> Cow<'_, str>;

/// The key of a name that is the same only if it is the same text.
pub(super) fn as_written(name: &str) -> Cow<'_, str> {
    Cow::Borrowed(name)
}

/// How much stands on one page.
pub(super) struct Paging<T> {
    /// Most items.
    pub(super) items: Option<usize>,
    /// Most bytes of all items of a page together, and what one of them takes. A larger item stands alone.
    pub(super) bytes: Option<(usize, Size<T>)>,
}

/// What an item takes, in bytes.
pub(super) type Size<T> = fn(&T) -> usize;

impl<T> Clone for Paging<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Paging<T> {}

impl<T> Paging<T> {
    /// Where the page that begins at `start` ends.
    pub(super) fn end(self, items: &[Numbered<T>], start: usize) -> usize {
        let end = self.items.map_or(items.len(), |most| items.len().min(start.saturating_add(most.max(1))));
        let Some((most, size)) = self.bytes else { return end };
        let mut bytes = 0_usize;
        let fits = |(_, item): &&Numbered<T>| {
            bytes = bytes.saturating_add(size(item));
            bytes <= most
        };
        let fitting = items.get(start..end).unwrap_or_default().iter().take_while(fits).count();
        end.min(start.saturating_add(fitting.max(1)))
    }
}

/// An item with its number in the order of arrival. It keeps the number when it is replaced.
pub(super) type Numbered<T> = (u64, Arc<T>);
