//! One page of a list that somebody else keeps.

/// One page of items from elsewhere, such as a database or another server, and what leads to the next one.
///
/// The cursor is whatever the source needs to go on: an id, an offset, a cursor of its own. Clients never see it: it is
/// sealed into the server's cursors.
///
/// ```
/// use mcp_server::Page;
///
/// let last = Page::new(["c"]);
/// assert_eq!(last.next_cursor, None);
/// let first = Page::new(["a", "b"]).next("b");
/// assert_eq!(first.next_cursor.as_deref(), Some("b"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in order. A page may be empty and go on.
    pub items: Vec<T>,
    /// Asks the source for the next page; `None` at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The last page, or the only one.
    pub fn new(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().collect(), next_cursor: None }
    }

    /// Says that there are more behind it, and how to ask for them.
    #[must_use]
    pub fn next(mut self, cursor: impl Into<String>) -> Self {
        self.next_cursor = Some(cursor.into());
        self
    }
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self::new([])
    }
}
