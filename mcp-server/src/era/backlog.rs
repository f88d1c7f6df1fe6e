//! The requests of one pipe that cannot run yet: first as calls that wait for a permit, then as frames that nothing has
//! looked into.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use mcp_core::jsonrpc::RequestId;

use crate::limits::Limits;

/// How many frames wait at most for each call that may.
const AHEAD: usize = 16;

/// What waits, in order. `W` is a call.
pub(super) struct Backlog<W> {
    waiting: Lane<W>,
    ahead: Lane<Ahead>,
    max_requests: usize,
    max_bytes: usize,
}

/// A request that finds no room among the calls that wait.
pub(super) struct Ahead {
    pub(super) frame: Bytes,
    /// It needs no session.
    pub(super) stands_alone: bool,
}

/// Entries in the order of their numbers. A cancel costs what it takes out, however much waits.
struct Lane<T> {
    entries: BTreeMap<u64, Entry<T>>,
    /// The newest entry of each id. Peers may use an id again while it waits.
    newest: HashMap<RequestId, u64>,
    /// Of the next entry.
    number: u64,
    bytes: usize,
}

struct Entry<T> {
    id: RequestId,
    bytes: usize,
    value: T,
    /// The entry of the same id that came before it, if there is one and it still waits.
    before: Option<u64>,
}

impl<W> Backlog<W> {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            waiting: Lane::default(),
            ahead: Lane::default(),
            max_requests: limits.waiting_requests,
            max_bytes: limits.waiting_bytes,
        }
    }

    /// Whether no call waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.entries.is_empty()
    }

    /// Whether another call may wait, and none that came before it waits as a frame.
    pub(super) fn takes_calls(&self) -> bool {
        self.ahead.entries.is_empty() && self.waiting.has_room(self.max_requests, self.max_bytes)
    }

    /// Whether another frame may wait.
    pub(super) fn takes_frames(&self) -> bool {
        self.ahead.has_room(self.max_requests.saturating_mul(AHEAD), self.max_bytes)
    }

    pub(super) fn contains(&self, id: &RequestId) -> bool {
        self.waiting.newest.contains_key(id) || self.ahead.newest.contains_key(id)
    }

    pub(super) fn push(&mut self, id: RequestId, bytes: usize, call: W) {
        self.waiting.push(id, bytes, call);
    }

    pub(super) fn push_ahead(&mut self, id: RequestId, ahead: Ahead) {
        self.ahead.push(id, ahead.frame.len(), ahead);
    }

    /// The call that has waited longest.
    pub(super) fn pop(&mut self) -> Option<W> {
        self.waiting.pop()
    }

    /// The frame that has waited longest, if there is room for its call now.
    pub(super) fn pop_ahead(&mut self) -> Option<Bytes> {
        if !self.waiting.has_room(self.max_requests, self.max_bytes) {
            return None;
        }
        self.ahead.pop().map(|ahead| ahead.frame)
    }

    /// Forgets what has that id.
    pub(super) fn cancel(&mut self, id: &RequestId) {
        self.waiting.cancel(id);
        self.ahead.cancel(id);
    }

    /// Forgets the calls and the frames that are meant. Looks at all of them.
    pub(super) fn forget(&mut self, is_call: impl Fn(&W) -> bool, is_frame: impl Fn(&Ahead) -> bool) {
        self.waiting.forget(is_call);
        self.ahead.forget(is_frame);
    }

    pub(super) fn clear(&mut self) {
        (self.waiting, self.ahead) = (Lane::default(), Lane::default());
    }
}

impl<T> Lane<T> {
    fn has_room(&self, max_entries: usize, max_bytes: usize) -> bool {
        self.entries.len() < max_entries && self.bytes < max_bytes
    }

    fn push(&mut self, id: RequestId, bytes: usize, value: T) {
        let number = self.number;
        self.number += 1;
        self.bytes += bytes;
        let before = self.newest.insert(id.clone(), number);
        self.entries.insert(number, Entry { id, bytes, value, before });
    }

    fn pop(&mut self) -> Option<T> {
        let (number, entry) = self.entries.pop_first()?;
        self.bytes -= entry.bytes;
        if self.newest.get(&entry.id) == Some(&number) {
            self.newest.remove(&entry.id);
        }
        Some(entry.value)
    }

    fn cancel(&mut self, id: &RequestId) {
        let mut next = self.newest.remove(id);
        // The oldest leave first: behind one that is gone there is none.
        while let Some(entry) = next.and_then(|number| self.entries.remove(&number)) {
            look();
            self.bytes -= entry.bytes;
            next = entry.before;
        }
    }

    fn forget(&mut self, is_meant: impl Fn(&T) -> bool) {
        let Self { entries, newest, bytes, .. } = self;
        entries.retain(|_, entry| {
            look();
            let forget = is_meant(&entry.value);
            if forget {
                *bytes -= entry.bytes;
            }
            !forget
        });
        newest.clear();
        for (number, entry) in entries {
            entry.before = newest.insert(entry.id.clone(), *number);
        }
    }
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), newest: HashMap::new(), number: 0, bytes: 0 }
    }
}

/// Tests count how many entries were looked at.
fn look() {
    #[cfg(test)]
    tests::LOOKED_AT.set(tests::LOOKED_AT.get() + 1);
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How many entries this thread has looked at.
        pub(super) static LOOKED_AT: Cell<usize> = const { Cell::new(0) };
    }

    fn backlog() -> Backlog<&'static str> {
        let mut limits = Limits::default();
        (limits.waiting_requests, limits.waiting_bytes) = (2, 100);
        Backlog::new(&limits)
    }

    fn id(number: i64) -> RequestId {
        RequestId::from(number)
    }

    fn ahead(stands_alone: bool) -> Ahead {
        Ahead { frame: Bytes::from_static(b"frame"), stands_alone }
    }

    #[test]
    fn calls_wait_first_and_frames_behind_them() {
        let mut backlog = backlog();
        backlog.push(id(1), 10, "one");
        backlog.push(id(2), 10, "two");
        assert!(!backlog.takes_calls() && backlog.takes_frames());
        backlog.push_ahead(id(3), ahead(true));
        assert_eq!(backlog.pop_ahead(), None);
        assert_eq!(backlog.pop(), Some("one"));
        // A call would overtake the frame.
        assert!(!backlog.takes_calls());
        assert_eq!(backlog.pop_ahead(), Some(Bytes::from_static(b"frame")));
        assert!(backlog.takes_calls() && !backlog.contains(&id(3)));
    }

    #[test]
    fn both_lanes_are_bounded_in_number_and_in_bytes() {
        let mut backlog = backlog();
        backlog.push(id(1), 100, "large");
        assert!(!backlog.takes_calls());
        let frames = (0..1000).take_while(|number| {
            let takes = backlog.takes_frames();
            if takes {
                backlog.push_ahead(id(*number), ahead(true));
            }
            takes
        });
        assert_eq!(frames.count(), 20);
    }

    #[test]
    fn what_is_cancelled_or_meant_is_forgotten_wherever_it_waits() {
        let mut backlog = backlog();
        backlog.push(id(1), 60, "one");
        backlog.push(id(1), 60, "again");
        backlog.push_ahead(id(1), ahead(true));
        backlog.push_ahead(id(2), ahead(false));
        backlog.cancel(&id(7));
        backlog.cancel(&id(1));
        assert!(backlog.is_empty() && !backlog.contains(&id(1)) && backlog.contains(&id(2)));
        backlog.forget(|_| false, |ahead| !ahead.stands_alone);
        assert!(!backlog.contains(&id(2)) && backlog.takes_calls());
        backlog.push(id(3), 1, "three");
        backlog.clear();
        assert!(backlog.is_empty() && !backlog.contains(&id(3)));
    }
    #[test]
    fn a_cancel_costs_the_same_however_much_waits() {
        for waiting in [10, 10_000] {
            let limits = Limits { waiting_requests: waiting, ..Limits::default() };
            let mut backlog = Backlog::new(&limits);
            for number in 0..waiting as i64 {
                backlog.push(id(number), 1, "call");
                backlog.push_ahead(id(-number), ahead(true));
            }
            let before = LOOKED_AT.get();
            for number in [3, -3, 77_777, 5] {
                backlog.cancel(&id(number));
                assert!(!backlog.contains(&id(number)));
            }
            assert_eq!(LOOKED_AT.get() - before, 3, "of {waiting}");
        }
    }

    /// Whatever is done to it, it is the queue that a list would be.
    #[test]
    fn what_waits_leaves_in_order_whatever_was_cancelled_or_meant_before() {
        let (mut lane, mut list) = (Lane::default(), Vec::new());
        let mut random = 1_u32;
        for turn in 0..20_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (choice, of) = (random >> 28, i64::from(random >> 16 & 7));
            match choice {
                0..8 => {
                    lane.push(id(of), 1, turn);
                    list.push((of, turn));
                }
                8..12 => {
                    let first = (!list.is_empty()).then(|| list.remove(0).1);
                    assert_eq!(lane.pop(), first);
                }
                12..15 => {
                    lane.cancel(&id(of));
                    list.retain(|(id, _)| *id != of);
                }
                _ => {
                    lane.forget(|value| value % 3 == 0);
                    list.retain(|(_, value)| value % 3 != 0);
                }
            }
            assert_eq!((lane.entries.len(), lane.bytes), (list.len(), list.len()));
            assert!((0..8).all(|of| lane.newest.contains_key(&id(of)) == list.iter().any(|(id, _)| *id == of)));
        }
    }
}
