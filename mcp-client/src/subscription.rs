//! Listening to changes.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use crate::{
    changes::{Change, Changes},
    client::McpClient,
    era::Listening,
    error::{Error, Result},
};

impl McpClient {
    /// Listens to changes on the server.
    ///
    /// Returns when the server has agreed, so that no later change is missed. Until the subscription is dropped,
    /// a stream that breaks is opened again, also on the next connection if there is one (see
    /// [`Restart`](crate::Restart)); every change that was asked for is then reported once, because what happened in
    /// between is unknown. It ends when the client does, or the server refuses: [`Subscription::ended`] says why.
    ///
    /// ```no_run
    /// # async fn doc(client: mcp_client::McpClient) -> mcp_client::Result<()> {
    /// use mcp_client::{Change, Changes};
    ///
    /// let mut changes = client.listen(Changes::all()).await?;
    /// while let Some(change) = changes.next().await {
    ///     if change == Change::Tools {
    ///         println!("{} tools now", client.list_tools().await?.len());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Cancel-safe: dropping the future ends the subscription.
    ///
    /// # Errors
    ///
    /// As a call's.
    pub async fn listen(&self, changes: Changes) -> Result<Subscription> {
        let listening = self.inner.link.listen(changes).await?;
        if let Some(cache) = self.inner.cache.clone() {
            listening.feed.tap(move |change| cache.changed(change));
        }
        Ok(Subscription { listening, _client: self.clone() })
    }
}

/// The changes on a server, as a stream. Dropping it ends the subscription.
///
/// Changes that are not taken wait, each of them once, and none is lost: beyond [`Limits::changes`](crate::Limits::changes)
/// a part of a resource is told as that resource. Read it steadily all the same: some servers give up on streams that
/// nobody reads.
#[must_use = "dropping the subscription ends it"]
pub struct Subscription {
    listening: Listening,
    _client: McpClient,
}

impl Subscription {
    /// The next change, or `None` when there will be no more: [`ended`](Self::ended) says why.
    ///
    /// Cancel-safe: no change is lost.
    pub async fn next(&mut self) -> Option<Change> {
        poll_fn(|cx| self.poll_change(cx)).await
    }

    /// Why there will be no more changes; `None` as long as there may be some.
    ///
    /// [`Error::is_closed`] says that the server is gone or this client was closed, [`Error::rejection`] that the server
    /// does not want to be listened to any more. What came before can still be taken.
    pub fn ended(&self) -> Option<Error> {
        self.listening.feed.ended()
    }

    /// What the server will report: it may be less than was asked for, and nothing at all.
    ///
    /// Since 2026-07-28 the server says so (subscriptions, *Acknowledgment*). Before, it is what the server declared:
    /// its lists with `listChanged`, single resources with `subscribe`, without which they are not subscribed to. Over
    /// HTTP a server of that time that offers no stream reports nothing. A change that was asked for and is not among these is
    /// reported all the same if the server announces it; do not count on it.
    ///
    /// This is how things stood when the subscription was opened.
    pub fn agreed(&self) -> &Changes {
        &self.listening.agreed
    }

    fn poll_change(&mut self, cx: &mut Context<'_>) -> Poll<Option<Change>> {
        let Listening { feed, driver, .. } = &mut self.listening;
        if let Some(running) = driver
            && let Poll::Ready(why) = running.as_mut().poll(cx)
        {
            *driver = None;
            feed.close(&why);
        }
        feed.poll_next(cx)
    }
}

impl Stream for Subscription {
    type Item = Change;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Change>> {
        self.get_mut().poll_change(cx)
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("agreed", self.agreed()).finish_non_exhaustive()
    }
}
