//! Reads a list page by page, within its bounds: the one way to do so, whatever is listed.

use std::{collections::HashSet, marker::PhantomData, sync::Arc, time::Duration};

use mcp_core::{
    era::{ListItem, Page},
    json::{RawObject, Text},
};

use super::mcp_client::Inner;
use crate::{
    error::{Error, Result},
    handlers::RequestOptions,
};

/// What the client remembers of items that it has read. It may take out some of them.
pub(super) type Learn<T> = fn(&Inner, &mut Vec<T>);

/// How each page is asked for.
pub(super) struct Asking<T> {
    pub(super) inner: Arc<Inner>,
    pub(super) timeout: Duration,
    /// What of it cannot be sent is told when it is asked.
    pub(super) meta: Result<RawObject>,
    pub(super) learn: Learn<T>,
}

impl<T: ListItem> Asking<T> {
    /// Asks for one page. With it comes its size on the wire.
    pub(super) async fn page(&self, cursor: Option<String>) -> Result<(Page<T>, usize)> {
        let request = T::request(cursor.map(Text::from));
        let what = request.defined_method().unwrap_or_default();
        let mut options = RequestOptions::new(what, &self.inner.limits);
        (options.timeout, options.meta) = (self.timeout, self.meta.clone()?);
        let reply = self.inner.ask(&request, &mut options).await?;
        let mut page: Page<T> = reply.read()?;
        (self.learn)(&self.inner, &mut page.items);
        Ok((page, reply.len()))
    }
}

/// Where in a list its reader is.
pub(super) struct Pager<T> {
    asking: Asking<T>,
    cursor: Option<String>,
    /// The cursors that were named so far.
    seen: HashSet<String>,
    pages: usize,
    bytes: usize,
    ended: bool,
    items: PhantomData<fn() -> T>,
}

impl<T: ListItem> Pager<T> {
    pub(super) fn new(asking: Asking<T>) -> Self {
        let (cursor, seen, items) = (None, HashSet::new(), PhantomData);
        Self { asking, cursor, seen, pages: 0, bytes: 0, ended: false, items }
    }

    /// The items of the next page, which may be none; `None` behind the last page.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<T>>> {
        if self.ended {
            return Ok(None);
        }
        let limits = &self.asking.inner.limits;
        if self.pages >= limits.pages {
            return Err(self.beyond(format_args!("has more than {} pages: raise `Limits::pages`", limits.pages)));
        }
        let (page, bytes) = self.asking.page(self.cursor.take()).await?;
        self.pages += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > limits.list_bytes {
            let most = limits.list_bytes;
            return Err(self.beyond(format_args!("is larger than {most} bytes: raise `Limits::list_bytes`")));
        }
        match page.next_cursor {
            // An empty cursor is a cursor; only its absence is the end (pagination, *Implementation Guidelines*).
            None => self.ended = true,
            Some(next) if !self.seen.insert(next.clone()) => {
                let list = T::MEMBER;
                return Err(Error::invalid(format!(
                    "the server's list of {list} repeats itself: it named a cursor twice"
                )));
            }
            next => self.cursor = next,
        }
        Ok(Some(page.items))
    }

    fn beyond(&self, bound: std::fmt::Arguments<'_>) -> Error {
        Error::invalid(format!("the server's list of {} {bound}, or read it page by page", T::MEMBER))
    }
}
