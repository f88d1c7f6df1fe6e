//! What was sent on streams that can be resumed, by the ids of its events.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use mcp_core::sync::lock;

use async_trait::async_trait;
use bytes::Bytes;

use crate::budget::{Budget, COUNTED, Held, shrink};

/// The number of an event of a stream: from 1 up, in the order of sending.
pub(crate) type EventId = u64;

/// Where the events of streams are kept for clients that come back. Streams have names, so that another process may
/// find them.
#[async_trait]
pub(crate) trait EventLog: Send + Sync {
    /// Makes a place for a stream.
    fn open(&self, stream: &str);

    /// Keeps events of a stream, in order; the ids under which they are sent. None of a stream that is forgotten.
    async fn append(&self, stream: &str, frames: &[Bytes]) -> Vec<EventId>;

    /// The events after `after`, as far as they are still there.
    async fn read_after(&self, stream: &str, after: EventId) -> Vec<(EventId, Bytes)>;

    /// Forgets a stream, now or soon.
    fn forget(&self, stream: &str);
}

/// Keeps events in memory: so many of each stream and so many bytes of all, the oldest of a stream go first.
pub(crate) struct MemoryLog {
    streams: Mutex<HashMap<Box<str>, Kept>>,
    max_events: usize,
    max_bytes: usize,
    budget: Arc<Budget>,
}

#[derive(Default)]
struct Kept {
    last: EventId,
    events: VecDeque<Event>,
    bytes: usize,
}

struct Event {
    id: EventId,
    frame: Bytes,
    _held: Held,
}

/// What an event costs besides its frame: its place, and what shares the frame.
const EVENT_BYTES: usize = 128;

impl MemoryLog {
    /// A log that keeps at most `max_events` and `max_bytes` of each stream, and of all as many as `budget` has room for.
    pub(crate) fn new(max_events: usize, max_bytes: usize, budget: Arc<Budget>) -> Self {
        Self { streams: Mutex::default(), max_events, max_bytes, budget }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Kept>> {
        lock(&self.streams)
    }
}

#[async_trait]
impl EventLog for MemoryLog {
    fn open(&self, stream: &str) {
        self.lock().insert(stream.into(), Kept::default());
    }

    async fn append(&self, stream: &str, frames: &[Bytes]) -> Vec<EventId> {
        let mut streams = self.lock();
        let Some(kept) = streams.get_mut(stream) else { return Vec::new() };
        frames.iter().map(|frame| kept.append(frame, self)).collect()
    }

    async fn read_after(&self, stream: &str, after: EventId) -> Vec<(EventId, Bytes)> {
        let streams = self.lock();
        let events = streams.get(stream).into_iter().flat_map(|kept| &kept.events);
        events.filter(|event| event.id > after).map(|event| (event.id, event.frame.clone())).collect()
    }

    fn forget(&self, stream: &str) {
        let mut streams = self.lock();
        let forgotten = streams.remove(stream);
        shrink(&mut streams);
        drop(streams);
        drop(forgotten);
    }
}

impl Kept {
    /// Keeps an event, and drops as many older ones as it needs the room of. One for which there is none even then has an
    /// id all the same.
    fn append(&mut self, frame: &Bytes, log: &MemoryLog) -> EventId {
        self.last += 1;
        let bytes = frame.len();
        while self.events.len() >= log.max_events || self.bytes + bytes > log.max_bytes {
            if !self.drop_oldest() {
                break;
            }
        }
        if bytes > log.max_bytes {
            return self.last;
        }
        let held = loop {
            match log.budget.take(bytes + EVENT_BYTES) {
                Some(held) => break held,
                None if self.drop_oldest() => {}
                None => return self.last,
            }
        };
        // A large one is counted where it waits to be sent, for as long as anything holds it.
        let frame = if bytes < COUNTED { frame.clone() } else { Bytes::copy_from_slice(frame) };
        self.bytes += bytes;
        self.events.push_back(Event { id: self.last, frame, _held: held });
        self.last
    }

    fn drop_oldest(&mut self) -> bool {
        let Some(oldest) = self.events.pop_front() else { return false };
        self.bytes -= oldest.frame.len();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_events_of_each_stream_are_kept_within_its_bounds() {
        let log = MemoryLog::new(3, 10, Budget::new(usize::MAX));
        log.open("a");
        log.open("b");
        let frames =
            |texts: &[&'static str]| texts.iter().map(|text| Bytes::from_static(text.as_bytes())).collect::<Vec<_>>();
        assert_eq!(log.append("a", &frames(&["1", "2"])).await, [1, 2]);
        assert_eq!(log.append("b", &frames(&["x"])).await, [1]);
        assert_eq!(log.append("a", &frames(&["3", "4"])).await, [3, 4]);
        let ids = |events: Vec<(EventId, Bytes)>| events.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(log.read_after("a", 0).await), [2, 3, 4]);
        assert_eq!(ids(log.read_after("a", 3).await), [4]);
        assert_eq!(ids(log.read_after("a", 99).await), [0; 0]);
        log.append("a", &frames(&["123456789"])).await;
        assert_eq!(ids(log.read_after("a", 0).await), [4, 5]);
        log.append("a", &frames(&["12345678901"])).await;
        assert_eq!(ids(log.read_after("a", 0).await), [0; 0]);
        log.forget("a");
        assert_eq!(log.append("a", &frames(&["late"])).await, [0; 0]);
        assert_eq!(ids(log.read_after("b", 0).await), [1]);
    }

    #[tokio::test]
    async fn events_of_all_streams_are_kept_within_one_bound_and_a_new_one_takes_the_room_of_older_ones() {
        let event = EVENT_BYTES + 1;
        let budget = Budget::new(3 * event);
        let log = MemoryLog::new(10, 1000, budget.clone());
        log.open("a");
        log.open("b");
        let frame = [Bytes::from_static(b"x")];
        for id in 1..=2 {
            assert_eq!(log.append("a", &frame).await, [id]);
            assert_eq!(log.append("b", &frame).await, [id]);
        }
        assert_eq!(log.read_after("a", 0).await.len(), 2);
        assert_eq!(log.read_after("b", 0).await, [(2, frame[0].clone())]);
        log.forget("b");
        log.forget("a");
        assert!(budget.take(3 * event).is_some());
    }
}
