//! What was sent on streams that can be resumed, by the ids of its events.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;

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

/// Keeps events in memory: so many of each stream, the oldest go first.
pub(crate) struct MemoryLog {
    streams: Mutex<HashMap<Box<str>, Kept>>,
    max_events: usize,
    max_bytes: usize,
}

#[derive(Default)]
struct Kept {
    last: EventId,
    events: VecDeque<(EventId, Bytes)>,
    bytes: usize,
}

impl MemoryLog {
    /// A log that keeps at most `max_events` and `max_bytes` of each stream.
    pub(crate) fn new(max_events: usize, max_bytes: usize) -> Self {
        Self { streams: Mutex::default(), max_events, max_bytes }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Kept>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
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
        frames.iter().map(|frame| kept.append(frame.clone(), self.max_events, self.max_bytes)).collect()
    }

    async fn read_after(&self, stream: &str, after: EventId) -> Vec<(EventId, Bytes)> {
        let streams = self.lock();
        let events = streams.get(stream).into_iter().flat_map(|kept| &kept.events);
        events.filter(|(id, _)| *id > after).cloned().collect()
    }

    fn forget(&self, stream: &str) {
        let forgotten = self.lock().remove(stream);
        drop(forgotten);
    }
}

impl Kept {
    fn append(&mut self, frame: Bytes, max_events: usize, max_bytes: usize) -> EventId {
        self.last += 1;
        self.bytes += frame.len();
        self.events.push_back((self.last, frame));
        while self.events.len() > max_events || self.bytes > max_bytes {
            let Some((_, oldest)) = self.events.pop_front() else { break };
            self.bytes -= oldest.len();
        }
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_events_of_each_stream_are_kept_within_its_bounds() {
        let log = MemoryLog::new(3, 10);
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
}
