//! Something that is done by one and by no other, in however many processes it is tried.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use mcp_core::error::Error;

use crate::backplane::{Backplane, Unavailable};

const RUNS: u8 = b'r';
const DONE: u8 = b'd';
/// Done, and there was no room for what it left.
const LOST: u8 = b'l';

/// How long to wait before looking again whether the other is done: at first, and at most.
const FIRST_LOOK: Duration = Duration::from_millis(5);
const LAST_LOOK: Duration = Duration::from_millis(200);

/// The right to do something. Dropped before [`Claim::done`], it is free for the next.
#[must_use = "dropping it lets another one do it"]
pub(crate) struct Claim {
    store: Arc<dyn Backplane>,
    name: String,
    mark: Bytes,
    expiry: Duration,
    is_held: bool,
}

/// Whether it is ours to do.
pub(crate) enum Claimed {
    Ours(Claim),
    /// Another one has done it, and left this; `None` if there was no room for it.
    Done(Option<Bytes>),
}

impl Claim {
    /// Claims what bears this name, and waits while another one is at it.
    ///
    /// # Errors
    ///
    /// If the store takes no mark.
    pub(crate) async fn take(store: &Arc<dyn Backplane>, name: String, expiry: Duration) -> Result<Claimed, Error> {
        let mark: Bytes = [&[RUNS], uuid::Uuid::new_v4().as_bytes().as_slice(), &[0; 16]].concat().into();
        let mut pause = FIRST_LOOK;
        loop {
            let found = store.put_if_absent(&name, mark.clone(), expiry).await.map_err(no_mark)?;
            match found {
                None => {
                    let store = store.clone();
                    return Ok(Claimed::Ours(Self { store, name, mark, expiry, is_held: true }));
                }
                Some(left) if left.first() == Some(&DONE) => return Ok(Claimed::Done(Some(left.slice(1..)))),
                Some(left) if left.first() == Some(&LOST) => return Ok(Claimed::Done(None)),
                Some(_) => {
                    tokio::time::sleep(pause).await;
                    pause = (2 * pause).min(LAST_LOOK);
                }
            }
        }
    }

    /// Nobody else gets it any more before the mark expires, whatever becomes of this.
    pub(super) fn keep(&mut self) {
        self.is_held = false;
    }

    /// It is done. `left` is for those who try it again. Where the store has no room for that, the mark stays without it: a
    /// mark that runs has as many bytes as any that was lost.
    ///
    /// # Errors
    ///
    /// If the store keeps no mark of it at all.
    pub(crate) async fn done(mut self, left: &[u8]) -> Result<(), Error> {
        self.keep();
        let done = [&[DONE], left].concat().into();
        if self.set(done).await.is_ok() {
            return Ok(());
        }
        tracing::warn!("what a call left is not kept: Limits::mark_bytes says how much may be");
        self.set(Bytes::from_static(&[LOST])).await
    }

    async fn set(&self, value: Bytes) -> Result<(), Error> {
        self.store.compare_and_set(&self.name, &self.mark, Some(value), self.expiry).await.map(drop).map_err(no_mark)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Without a runtime nobody is left to wait for it, and the mark expires.
        if self.is_held
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (store, name, mark) = (self.store.clone(), std::mem::take(&mut self.name), self.mark.clone());
            runtime.spawn(async move {
                if let Err(error) = store.compare_and_set(&name, &mark, None, Duration::ZERO).await {
                    tracing::warn!(%error, "a mark stays until it expires");
                }
            });
        }
    }
}

#[cold]
pub(super) fn no_mark(error: Unavailable) -> Error {
    tracing::error!(%error, "what must happen once cannot be marked: Limits::mark_bytes says how much may be kept");
    Error::internal("the server cannot remember now what it has done: try again later")
}
