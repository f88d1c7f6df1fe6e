//! The requests of one pipe that cannot run yet: first as calls that wait for a permit, then as frames that nothing has
//! looked into.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use mcp_core::jsonrpc::RequestId;

use crate::limits::Limits;

/// How many frames wait at most for each call that may.
const AHEAD: usize = 16;

/// What waits, in order. `W` is a call.
pub(super) struct Backlog<W> {
    waiting: Lane<W>,
    ahead: Lane<Ahead>,
    /// How often each id stands in either lane: most cancels are for none of them, and must not search.
    ids: HashMap<RequestId, usize>,
    max_requests: usize,
    max_bytes: usize,
}

/// A request that finds no room among the calls that wait.
pub(super) struct Ahead {
    pub(super) frame: Bytes,
    /// It needs no session.
    pub(super) stands_alone: bool,
}

struct Lane<T> {
    entries: VecDeque<Entry<T>>,
    bytes: usize,
}

struct Entry<T> {
    id: RequestId,
    bytes: usize,
    value: T,
}

impl<W> Backlog<W> {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            waiting: Lane::default(),
            ahead: Lane::default(),
            ids: HashMap::new(),
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
        self.ids.contains_key(id)
    }

    pub(super) fn push(&mut self, id: RequestId, bytes: usize, call: W) {
        *self.ids.entry(id.clone()).or_default() += 1;
        self.waiting.push(Entry { id, bytes, value: call });
    }

    pub(super) fn push_ahead(&mut self, id: RequestId, ahead: Ahead) {
        *self.ids.entry(id.clone()).or_default() += 1;
        self.ahead.push(Entry { id, bytes: ahead.frame.len(), value: ahead });
    }

    /// The call that has waited longest.
    pub(super) fn pop(&mut self) -> Option<W> {
        let Entry { id, value, .. } = self.waiting.pop()?;
        uncount(&mut self.ids, &id);
        Some(value)
    }

    /// The frame that has waited longest, if there is room for its call now.
    pub(super) fn pop_ahead(&mut self) -> Option<Bytes> {
        if !self.waiting.has_room(self.max_requests, self.max_bytes) {
            return None;
        }
        let Entry { id, value, .. } = self.ahead.pop()?;
        uncount(&mut self.ids, &id);
        Some(value.frame)
    }

    /// Forgets what has that id.
    pub(super) fn cancel(&mut self, id: &RequestId) {
        if self.contains(id) {
            self.forget(|_, of| of == id, |_, of| of == id);
        }
    }

    /// Forgets the calls and the frames that are meant.
    pub(super) fn forget(
        &mut self,
        is_call: impl Fn(&W, &RequestId) -> bool,
        is_frame: impl Fn(&Ahead, &RequestId) -> bool,
    ) {
        self.waiting.forget(&mut self.ids, is_call);
        self.ahead.forget(&mut self.ids, is_frame);
    }

    pub(super) fn clear(&mut self) {
        (self.waiting, self.ahead) = (Lane::default(), Lane::default());
        self.ids.clear();
    }
}

fn uncount(ids: &mut HashMap<RequestId, usize>, id: &RequestId) {
    if let Some(count) = ids.get_mut(id) {
        *count -= 1;
        if *count == 0 {
            ids.remove(id);
        }
    }
}

impl<T> Lane<T> {
    fn has_room(&self, max_entries: usize, max_bytes: usize) -> bool {
        self.entries.len() < max_entries && self.bytes < max_bytes
    }

    fn push(&mut self, entry: Entry<T>) {
        self.bytes += entry.bytes;
        self.entries.push_back(entry);
    }

    fn pop(&mut self) -> Option<Entry<T>> {
        let entry = self.entries.pop_front()?;
        self.bytes -= entry.bytes;
        Some(entry)
    }

    fn forget(&mut self, ids: &mut HashMap<RequestId, usize>, is_meant: impl Fn(&T, &RequestId) -> bool) {
        let bytes = &mut self.bytes;
        self.entries.retain(|entry| {
            let forget = is_meant(&entry.value, &entry.id);
            if forget {
                *bytes -= entry.bytes;
                uncount(ids, &entry.id);
            }
            !forget
        });
    }
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), bytes: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        backlog.forget(|_, _| false, |ahead, _| !ahead.stands_alone);
        assert!(!backlog.contains(&id(2)) && backlog.takes_calls());
        backlog.push(id(3), 1, "three");
        backlog.clear();
        assert!(backlog.is_empty() && !backlog.contains(&id(3)));
    }
}
