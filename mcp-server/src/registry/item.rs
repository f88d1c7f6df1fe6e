//! What a list holds: things with names, which are compared in one way or another.

use std::{borrow::Cow, sync::Arc};

/// Something with a name that is unique in its catalog.
pub(super) trait Named {
    fn name(&self) -> &str;
}

/// What names are compared by: items whose names have the same key are one.
pub(super) type Key = fn(&str) -> Cow<'_, str>;

/// The key of a name that is the same only if it is the same text.
pub(super) fn as_written(name: &str) -> Cow<'_, str> {
    Cow::Borrowed(name)
}

/// An item with its number in the order of arrival. It keeps the number when it is replaced.
pub(super) type Numbered<T> = (u64, Arc<T>);
