//! Subscriptions: opened, acknowledged, filled, and opened again after a drop, as the specification's page
//! *Subscriptions* has it.
//!
//! ```text
//! opening ─ acknowledged ─► open ─ the server ends it, or the stream breaks ─► pause ─► opening again ─► open …
//!    │                        │ closed or cancelled                              │ refused for good, or too often
//!    ▼                        ▼                                                  ▼
//!  error                     over                                               over
//! ```
//!
//! What happened during a pause is unknown: once open again, everything wanted counts as changed.

use std::{future::Future, sync::Arc, time::Duration};

use mcp_core::{
    era::{Method, read_notification},
    jsonrpc::Notification,
};
use tokio::time::sleep;

use super::super::listening::{Listening, is_final};
use crate::{
    changes::{Change, Changes, Feed},
    error::{Error, Result},
    limits::Limits,
    timing::Backoff,
};

/// Opens subscriptions, as often as needed.
pub(super) trait StreamOpener: Send + Sync + 'static {
    type Stream: Stream;

    /// Opens one and waits until the server has agreed.
    fn open(&self, wanted: &Changes) -> impl Future<Output = Result<(Self::Stream, Changes)>> + Send;
}

/// One open subscription. Dropping it ends it.
pub(super) trait Stream: Send + 'static {
    /// The next notification of this subscription, or `None` when the server ends it.
    fn next(&mut self) -> impl Future<Output = Result<Option<Notification>>> + Send;

    /// How long the server asks to wait before the subscription is opened again.
    fn retry(&self) -> Option<Duration> {
        None
    }
}

/// Opens a subscription that stays open.
pub(super) async fn start<O: StreamOpener>(
    opener: O,
    wanted: Changes,
    feed: Arc<Feed>,
    limits: Limits,
) -> Result<Listening> {
    let (stream, agreed) = opener.open(&wanted).await?;
    let driver = drive(opener, stream, wanted, feed.clone(), limits);
    Ok(Listening { feed, agreed, driver: Some(Box::pin(driver)), _guard: None })
}

/// Keeps the subscription open, and says why it cannot any longer.
async fn drive<O: StreamOpener>(
    opener: O,
    first: O::Stream,
    wanted: Changes,
    feed: Arc<Feed>,
    limits: Limits,
) -> Error {
    let mut stream = first;
    let mut backoff = Backoff::new(&limits);
    let mut retry = None;
    loop {
        let filled = fill(&mut stream, &feed).await;
        retry = stream.retry().or(retry);
        drop(stream);
        backoff.broken();
        let mut next = match filled {
            Ok(()) => {
                tracing::debug!("the server ended a subscription");
                Some(backoff.rest(retry))
            }
            Err(error) if error.is_closed() || error.is_cancelled() => return error,
            Err(error) => {
                tracing::debug!(%error, "a subscription broke");
                backoff.pause(retry)
            }
        };
        stream = loop {
            let Some(pause) = next else {
                let sentence = "the subscription broke too often, or could not be opened again: listen anew";
                tracing::warn!("{sentence}");
                return Error::transport(sentence);
            };
            sleep(pause).await;
            match opener.open(&wanted).await {
                Ok((stream, _)) => break stream,
                Err(error) if is_final(&error) => {
                    tracing::warn!(%error, "a subscription could not be opened again");
                    return error.during("the subscription could not be opened again");
                }
                Err(error) => {
                    tracing::debug!(%error, "a subscription could not be opened again yet");
                    next = backoff.pause(error.retry_after().or(retry));
                }
            }
        };
        backoff.opened();
        feed.push_all();
    }
}

/// Fills the feed until the server ends the subscription.
async fn fill(stream: &mut impl Stream, feed: &Feed) -> Result<()> {
    while let Some(notification) = stream.next().await? {
        if notification.method == Method::Cancelled.name() {
            return Ok(());
        }
        if let Some(change) = read_notification(&notification).as_ref().and_then(Change::of) {
            feed.push(change);
        }
    }
    Ok(())
}
