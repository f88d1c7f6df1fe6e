//! Lists that come in pages: whole, as a stream, or page by page.

use std::{
    collections::VecDeque,
    fmt,
    future::{IntoFuture, poll_fn},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::{Stream, future::BoxFuture};
use mcp_core::{
    era::{ListItem, Page},
    json::RawObject,
};
use serde::Serialize;

use super::{
    mcp_client::McpClient,
    meta,
    pager::{Asking, Learn, Pager},
};
use crate::error::Result;

/// A list that is asked for when it is awaited: all of it, page by page.
///
/// An item that cannot be read is left out, with a warning in the log; the others are not hidden by it. Dropping the future
/// cancels the request in flight.
///
/// ```no_run
/// # async fn doc(client: mcp_client::McpClient) -> mcp_client::Result<()> {
/// for prompt in client.list_prompts().await? {
///     println!("{}", prompt.name);
/// }
/// let mut resources = client.list_resources().into_stream();
/// while let Some(resource) = resources.next().await {
///     println!("{}", resource?.uri);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// As [`Call`](super::Call)'s; and [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) if the server names a cursor twice, or
/// has more pages than [`Limits::pages`](crate::Limits::pages) or more on them than
/// [`Limits::list_bytes`](crate::Limits::list_bytes).
#[must_use = "a list is asked for when it is awaited"]
pub struct List<T>(Asking<T>);

/// One page of a list, asked for when it is awaited.
///
/// Pages have no bound but that of a message; who reads a list in this way bounds it himself, and looks whether the server
/// names a cursor twice.
///
/// # Errors
///
/// As [`Call`](super::Call)'s.
#[must_use = "a page is asked for when it is awaited"]
pub struct ListPage<T> {
    asking: Asking<T>,
    cursor: Option<String>,
}

impl<T> Asking<T> {
    fn new(client: &McpClient, learn: Learn<T>) -> Self {
        let (inner, timeout) = (client.inner.clone(), client.inner.limits.timeout);
        Self { inner, timeout, meta: Ok(RawObject::EMPTY), learn }
    }

    fn insert_meta(&mut self, key: &str, value: &impl Serialize) {
        if let Ok(members) = &mut self.meta
            && let Err(error) = meta::insert(members, key, value)
        {
            self.meta = Err(error);
        }
    }
}

impl<T: ListItem> List<T> {
    pub(super) fn new(client: &McpClient, learn: Learn<T>) -> Self {
        Self(Asking::new(client, learn))
    }

    /// How long to wait for each page; as [`Call::timeout`](super::Call::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout;
        self
    }

    /// Adds a member to the `_meta` of each request; as [`Call::meta`](super::Call::meta).
    pub fn meta(mut self, key: impl AsRef<str>, value: impl Serialize) -> Self {
        self.0.insert_meta(key.as_ref(), &value);
        self
    }

    /// The list item by item. The next page is asked for when the items of the one before are taken.
    pub fn into_stream(self) -> Items<T> {
        Items { ready: VecDeque::new(), state: State::Idle(Box::new(Pager::new(self.0))) }
    }

    async fn whole(self) -> Result<Vec<T>> {
        let mut pager = Pager::new(self.0);
        let mut all = Vec::new();
        while let Some(mut items) = pager.next().await? {
            all.append(&mut items);
        }
        Ok(all)
    }
}

impl<T: ListItem> ListPage<T> {
    pub(super) fn new(client: &McpClient, cursor: Option<String>, learn: Learn<T>) -> Self {
        Self { asking: Asking::new(client, learn), cursor }
    }

    /// How long to wait; as [`Call::timeout`](super::Call::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.asking.timeout = timeout;
        self
    }

    /// Adds a member to the request's `_meta`; as [`Call::meta`](super::Call::meta).
    pub fn meta(mut self, key: impl AsRef<str>, value: impl Serialize) -> Self {
        self.asking.insert_meta(key.as_ref(), &value);
        self
    }
}

impl<T: ListItem> IntoFuture for List<T> {
    type Output = Result<Vec<T>>;
    type IntoFuture = BoxFuture<'static, Result<Vec<T>>>;

    /// Asks for all pages.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.whole())
    }
}

impl<T: ListItem> IntoFuture for ListPage<T> {
    type Output = Result<Page<T>>;
    type IntoFuture = BoxFuture<'static, Result<Page<T>>>;

    /// Asks for the page.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.asking.page(self.cursor).await?.0) })
    }
}

/// The items of a list, one by one. It ends behind the last item, or behind the first error. Dropping it cancels the
/// request in flight.
#[must_use = "nothing is asked for until the items are taken"]
pub struct Items<T> {
    ready: VecDeque<T>,
    state: State<T>,
}

type NextPage<T> = Result<Option<Vec<T>>>;

enum State<T> {
    Idle(Box<Pager<T>>),
    Asking(BoxFuture<'static, (Box<Pager<T>>, NextPage<T>)>),
    Ended,
}

impl<T: ListItem> Items<T> {
    /// The next item; `None` behind the last.
    ///
    /// Cancel-safe: no item is lost.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            self.state = match std::mem::replace(&mut self.state, State::Ended) {
                State::Idle(mut pager) => State::Asking(Box::pin(async move {
                    let page = pager.next().await;
                    (pager, page)
                })),
                State::Asking(mut page) => {
                    let Poll::Ready((pager, page)) = page.as_mut().poll(cx) else {
                        self.state = State::Asking(page);
                        return Poll::Pending;
                    };
                    match page {
                        Ok(Some(items)) => self.ready = items.into(),
                        Ok(None) => return Poll::Ready(None),
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                    State::Idle(pager)
                }
                State::Ended => return Poll::Ready(None),
            };
        }
    }
}

impl<T: ListItem + Unpin> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.get_mut().poll_item(cx)
    }
}

impl<T: ListItem> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("of", &T::MEMBER).finish_non_exhaustive()
    }
}

impl<T: ListItem> fmt::Debug for ListPage<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListPage").field("of", &T::MEMBER).field("cursor", &self.cursor).finish_non_exhaustive()
    }
}

impl<T: ListItem> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("of", &T::MEMBER).field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}
