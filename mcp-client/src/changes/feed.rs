//! Changes that one subscription has not taken yet.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use mcp_core::sync::lock;

use super::{Change, Changes};
use crate::error::Error;

/// The longest URI of a part, in bytes: what is longer is the server's own invention, and waits as the resource that was
/// asked for.
const LONGEST_PART: usize = 8 << 10;

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
    /// The same, to find them.
    known: HashSet<Change>,
    ended: Option<Error>,
    waker: Option<Waker>,
    tap: Option<Tap>,
}

/// Hears of each change that is wanted at once, whoever takes it from the feed and when.
struct Tap(Box<dyn Fn(&Change) + Send>);

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tap")
    }
}

impl Feed {
    pub(crate) fn new(wanted: Changes, max: usize) -> Arc<Self> {
        Arc::new(Self { wanted, max, state: Mutex::default() })
    }

    /// Adds a change that is wanted and not waiting already. Nothing is lost: beyond the bound a part of a resource waits
    /// as that resource, and there are no more of those than were asked for.
    pub(crate) fn push(&self, change: Change) {
        let Some(asked_for) = self.wanted.asked_for(&change) else { return };
        let mut state = lock(&self.state);
        if state.ended.is_some() {
            return;
        }
        let is_short = !matches!(&change, Change::Resource(uri) if uri.len() > LONGEST_PART);
        let is_kept = state.waiting.len() < self.max && is_short;
        if let Some(Tap(tap)) = &state.tap {
            // What was read as a whole is stale also if a part of it has changed.
            tap(&asked_for);
            if is_short && change != asked_for {
                tap(&change);
            }
        }
        let change = if is_kept { change } else { asked_for };
        if state.known.insert(change.clone()) {
            state.waiting.push_back(change);
            wake(state);
        }
    }

    /// Tells `tap` of what waits, and from now on of each change that is wanted. It must not use the feed.
    pub(crate) fn tap(&self, tap: impl Fn(&Change) + Send + 'static) {
        let mut state = lock(&self.state);
        state.waiting.iter().for_each(&tap);
        state.tap = Some(Tap(Box::new(tap)));
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

    /// Nothing more will come, and this is why; what waits can still be taken.
    pub(crate) fn close(&self, why: &Error) {
        let mut state = lock(&self.state);
        state.ended.get_or_insert_with(|| why.clone());
        wake(state);
    }

    /// Why nothing more will come.
    pub(crate) fn ended(&self) -> Option<Error> {
        lock(&self.state).ended.clone()
    }

    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<Change>> {
        let mut state = lock(&self.state);
        if let Some(change) = state.waiting.pop_front() {
            state.known.remove(&change);
            return Poll::Ready(Some(change));
        }
        if state.ended.is_some() {
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

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    fn part(len: usize) -> Change {
        Change::Resource(format!("a:/whole/{}", "x".repeat(len)))
    }

    /// A server may make up parts without end, and of any length: neither grows what waits beyond its bound.
    #[test]
    fn a_part_that_is_too_long_waits_as_what_was_asked_for() {
        let feed = Feed::new(Changes::none().resource("a:/whole"), 10);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = heard.clone();
        feed.tap(move |change| lock(&hears).push(change.clone()));
        feed.push(part(3));
        feed.push(part(LONGEST_PART));
        let cx = Context::from_waker(Waker::noop());
        let next = || match feed.poll_next(&cx) {
            Poll::Ready(change) => change,
            Poll::Pending => None,
        };
        let whole = || Change::Resource("a:/whole".to_owned());
        assert_eq!((next(), next(), next()), (Some(part(3)), Some(whole()), None));
        // What was read as a whole is stale if a part of it has changed.
        assert_eq!(*lock(&heard), [whole(), part(3), whole()]);
    }
}
