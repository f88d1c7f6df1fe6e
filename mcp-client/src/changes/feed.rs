//! Changes that one subscription has not taken yet.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use mcp_core::sync::lock;

use super::{Change, Changes};

/// Changes that wait for one subscription, each of them once.
#[derive(Debug)]
pub(crate) struct Feed {
    wanted: Changes,
    max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Change>,
    closed: bool,
    waker: Option<Waker>,
}

impl Feed {
    pub(crate) fn new(wanted: Changes, max: usize) -> Arc<Self> {
        Arc::new(Self { wanted, max: max.max(1), state: Mutex::default() })
    }

    /// Adds a change that is wanted and not waiting already.
    pub(crate) fn push(&self, change: Change) {
        if !self.wanted.wants(&change) {
            return;
        }
        let mut state = lock(&self.state);
        if state.closed || state.waiting.contains(&change) {
            return;
        }
        if state.waiting.len() >= self.max {
            tracing::warn!("a subscription does not keep up: the oldest change is lost");
            state.waiting.pop_front();
        }
        state.waiting.push_back(change);
        wake(state);
    }

    /// The resources whose changes are wanted.
    pub(super) fn uris(&self) -> &[String] {
        self.wanted.uris()
    }

    /// Adds everything wanted: what changed while nobody listened is unknown.
    pub(crate) fn push_all(&self) {
        for change in self.wanted.each() {
            self.push(change);
        }
    }

    /// Nothing more will come; what waits can still be taken.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        wake(state);
    }

    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<Change>> {
        let mut state = lock(&self.state);
        if let Some(change) = state.waiting.pop_front() {
            return Poll::Ready(Some(change));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}
