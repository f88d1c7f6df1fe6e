//! Keeps a subscription open on pipes: when the server ends it, and from one connection to the next.
//!
//! ```text
//! open ─ the server ends it ──────► pause ─► opening again ─► open …   and everything wanted counts as changed
//!   │ ── its connection is over ──► the next epoch ─┘  │ refused for good, or too often; no more epochs
//!   ▼                                                  ▼
//! dropped: the server is told at once                ended, with the reason
//! ```

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, Weak},
    task::{Context, Poll},
};

use mcp_core::sync::lock;
use tokio::{sync::watch, task::AbortHandle, time::sleep};

use super::epochs::{Epoch, Epochs};
use crate::{
    changes::{Changes, Feed},
    era::{ChangeStream, Listened, is_final},
    error::{Error, Result},
    limits::Limits,
    timing::Backoff,
};

/// A subscription that is kept. Dropping it ends it then and there.
pub(super) struct Kept {
    place: Arc<Place>,
    task: AbortHandle,
}

/// Where the stream of the present connection is. The task that waits for its end does not own it: what it holds open is
/// the subscriber's.
struct Place(Mutex<State>);

enum State {
    Open(Box<dyn ChangeStream>),
    Between,
    Dropped,
}

/// What it takes to open a subscription again.
struct Keeper {
    epochs: Weak<Epochs>,
    news: watch::Receiver<()>,
    place: Arc<Place>,
    wanted: Changes,
    feed: Arc<Feed>,
    backoff: Backoff,
}

impl Kept {
    pub(super) fn start(
        epochs: &Arc<Epochs>,
        stream: Box<dyn ChangeStream>,
        wanted: Changes,
        feed: Arc<Feed>,
        limits: &Limits,
    ) -> Self {
        let place = Arc::new(Place(Mutex::new(State::Open(stream))));
        let (news, backoff) = (epochs.news(), Backoff::new(limits));
        let keeper = Keeper { epochs: Arc::downgrade(epochs), news, place: place.clone(), wanted, feed, backoff };
        Self { place, task: tokio::spawn(keeper.run()).abort_handle() }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.place.replace(State::Dropped));
        self.task.abort();
    }
}

impl Place {
    fn replace(&self, state: State) -> State {
        std::mem::replace(&mut *lock(&self.0), state)
    }

    /// Puts a stream in its place, unless the subscription was dropped in the meantime.
    fn open(&self, stream: Box<dyn ChangeStream>) -> bool {
        let mut state = lock(&self.0);
        let wanted = !matches!(*state, State::Dropped);
        if wanted {
            *state = State::Open(stream);
        }
        wanted
    }

    fn poll_ended(&self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match &mut *lock(&self.0) {
            State::Open(stream) => stream.poll_ended(cx),
            State::Between | State::Dropped => Poll::Ready(Ok(())),
        }
    }
}

impl Keeper {
    async fn run(mut self) {
        let why = loop {
            let ended = poll_fn(|cx| self.place.poll_ended(cx)).await;
            if matches!(*lock(&self.place.0), State::Dropped) {
                return;
            }
            drop(self.place.replace(State::Between));
            self.backoff.broken();
            if let Err(error) = ended {
                tracing::debug!(%error, "a subscription has lost its connection");
            } else {
                tracing::debug!("the server ended a subscription");
                if let Err(why) = self.pause().await {
                    break why;
                }
            }
            match self.open().await {
                Ok(stream) => {
                    if !self.place.open(stream) {
                        return;
                    }
                    self.backoff.opened();
                    self.feed.push_all();
                }
                Err(why) => break why,
            }
        };
        self.feed.close(&why);
    }

    async fn pause(&mut self) -> Result<()> {
        let Some(pause) = self.backoff.pause(None) else {
            let sentence = "the subscription broke too often, or could not be opened again: listen anew";
            tracing::warn!("{sentence}");
            return Err(Error::transport(sentence));
        };
        sleep(pause).await;
        Ok(())
    }

    /// Opens it again, in the present epoch or the next; or says why not.
    async fn open(&mut self) -> Result<Box<dyn ChangeStream>> {
        loop {
            let epoch = self.epoch().await?;
            match epoch.channel.listen(&self.wanted, &self.feed).await {
                Ok(Listened::Passing(stream, _)) => return Ok(stream),
                #[cfg(feature = "http")]
                Ok(Listened::Lasting(_)) => return Err(Error::closed("the server is no longer at the end of a pipe")),
                // Whether there will be another epoch is for the link to say.
                Err(_) if epoch.is_over() => continue,
                Err(error) if is_final(&error) => {
                    tracing::warn!(%error, "a subscription could not be opened again");
                    return Err(error.during("the subscription could not be opened again"));
                }
                Err(error) => tracing::debug!(%error, "a subscription could not be opened again yet"),
            }
            drop(epoch);
            self.pause().await?;
        }
    }

    async fn epoch(&mut self) -> Result<Arc<Epoch>> {
        loop {
            self.news.mark_unchanged();
            let dropped = || Error::closed("the client was dropped");
            if let Some(epoch) = self.epochs.upgrade().ok_or_else(dropped)?.present()? {
                return Ok(epoch);
            }
            if self.news.changed().await.is_err() {
                return Err(dropped());
            }
        }
    }
}
