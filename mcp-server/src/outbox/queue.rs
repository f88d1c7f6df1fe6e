//! The queue itself.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use mcp_core::{
    model::ServerNotification,
    sink::{NotPushed, Published},
};
use tokio::sync::Notify;

use super::Permit;
use crate::limits::Limits;

/// The queue of one stream. Clones are handles to the same queue.
#[derive(Clone)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// Told whenever a reader has taken everything.
    drained: Notify,
    max_messages: usize,
    max_bytes: usize,
    sources: AtomicU64,
}

#[derive(Default)]
struct Queue {
    entries: VecDeque<Entry>,
    bytes: usize,
    closed: bool,
    /// Which reader is the current one: the newest.
    reader: u64,
    waker: Option<Waker>,
}

struct Entry {
    frame: Bytes,
    /// The event that the frame renders and who pushed it, so that a later one of the same source can replace it.
    event: Option<(u64, Arc<Published>)>,
    permit: Option<Permit>,
}

/// Takes what waits in an outbox. A newer reader replaces an older one, which then sees the end.
pub(crate) struct Reader {
    outbox: Outbox,
    number: u64,
}

/// Everything that waited, in order. The permits of the answers in it are returned when it is dropped: after the
/// write.
pub(crate) struct Batch {
    pub(crate) frames: Vec<Bytes>,
    _permits: Vec<Permit>,
}

impl Outbox {
    /// An empty queue with the bounds of a stream.
    pub(crate) fn new(limits: &Limits) -> Self {
        let shared = Shared {
            queue: Mutex::default(),
            drained: Notify::new(),
            max_messages: limits.queue_messages,
            max_bytes: limits.queue_bytes,
            sources: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// A number for one who pushes events: events replace only those of their own source.
    pub(crate) fn source(&self) -> u64 {
        self.shared.sources.fetch_add(1, Ordering::Relaxed)
    }

    /// Queues an answer. Answers have no bound here: each of them holds a place among the calls that may run.
    pub(crate) fn push_reply(&self, frame: Bytes, permit: Option<Permit>) {
        let mut queue = self.lock();
        if !queue.closed {
            queue.append(Entry { frame, event: None, permit });
            wake(queue);
        }
    }

    /// Queues an event, or lets it replace an unsent one. A stream that cannot take it is closed: its reader then
    /// knows that it missed something, which a silent drop would not tell. Events that may be left out have room of
    /// their own, and are left out where it ends.
    pub(crate) fn push_event(
        &self,
        source: u64,
        event: &Arc<Published>,
        render: impl FnOnce(&ServerNotification) -> Bytes,
    ) -> Result<(), NotPushed> {
        let mut queue = self.lock();
        if queue.closed {
            return Err(NotPushed::Gone);
        }
        let replaced = queue.entries.iter().rposition(|entry| {
            let unsent = entry.event.as_ref().filter(|(of, _)| *of == source);
            unsent.is_some_and(|(_, unsent)| unsent.value().is_replaced_by(event.value()))
        });
        if let Some(entry) = replaced.and_then(|at| queue.entries.get_mut(at)) {
            let frame = render(event.value());
            let (old, new) = (entry.frame.len(), frame.len());
            entry.frame = frame;
            entry.event = Some((source, event.clone()));
            queue.bytes = queue.bytes - old + new;
            return Ok(());
        }
        let may_be_left_out = event.value().may_be_left_out();
        let (waiting, bytes) = queue.events(may_be_left_out);
        let max_messages = self.shared.max_messages * if may_be_left_out { 2 } else { 1 };
        if waiting >= max_messages || bytes > self.shared.max_bytes {
            if may_be_left_out {
                return Err(NotPushed::Full);
            }
            queue.closed = true;
            wake(queue);
            tracing::warn!(waiting, bytes, "a stream is closed because its reader is too slow");
            return Err(NotPushed::Gone);
        }
        let frame = render(event.value());
        queue.append(Entry { frame, event: Some((source, event.clone())), permit: None });
        wake(queue);
        Ok(())
    }

    /// No more is taken in; what waits is still read.
    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        wake(queue);
    }

    /// Becomes the reader; an earlier one sees the end.
    pub(crate) fn reader(&self) -> Reader {
        let mut queue = self.lock();
        queue.reader += 1;
        let number = queue.reader;
        wake(queue);
        Reader { outbox: self.clone(), number }
    }

    /// Ready while something waits. Only for the one task that will also become the reader.
    #[cfg(feature = "http")]
    pub(crate) fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut queue = self.lock();
        if queue.entries.is_empty() && !queue.closed {
            queue.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Takes everything that waits, without a reader: for a stream that ends before anybody began to read it.
    #[cfg(feature = "http")]
    pub(crate) fn take(&self) -> Vec<Bytes> {
        let entries = std::mem::take(&mut self.lock().entries);
        entries.into_iter().map(|entry| entry.frame).collect()
    }

    /// How many bytes wait.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Waits until a reader has taken everything.
    pub(crate) async fn drained(&self) {
        loop {
            let drained = self.shared.drained.notified();
            {
                let queue = self.lock();
                if queue.entries.is_empty() {
                    return;
                }
            }
            drained.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it holds the lock half way through a change.
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// How many events wait, and their bytes: of those that may be left out, or of the others. Answers do not count.
    fn events(&self, may_be_left_out: bool) -> (usize, usize) {
        let events = self.entries.iter().filter(|entry| {
            let event = entry.event.as_ref();
            event.is_some_and(|(_, event)| event.value().may_be_left_out() == may_be_left_out)
        });
        events.fold((0, 0), |(waiting, bytes), entry| (waiting + 1, bytes + entry.frame.len()))
    }

    fn append(&mut self, entry: Entry) {
        self.bytes += entry.frame.len();
        self.entries.push_back(entry);
    }
}

/// Wakes the reader after the lock is released, so that it does not wake up to wait for the lock.
fn wake(mut queue: MutexGuard<'_, Queue>) {
    let waker = queue.waker.take();
    drop(queue);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Reader {
    /// Everything that waits, or `None` when the queue is closed and empty, or has a newer reader.
    pub(crate) fn poll_batch(&self, cx: &mut Context<'_>) -> Poll<Option<Batch>> {
        let mut queue = self.outbox.lock();
        if queue.reader != self.number {
            return Poll::Ready(None);
        }
        if queue.entries.is_empty() {
            if queue.closed {
                return Poll::Ready(None);
            }
            queue.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let entries = std::mem::take(&mut queue.entries);
        queue.bytes = 0;
        drop(queue);
        self.outbox.shared.drained.notify_waiters();
        let mut batch = Batch { frames: Vec::with_capacity(entries.len()), _permits: Vec::new() };
        for Entry { frame, permit, .. } in entries {
            batch.frames.push(frame);
            batch._permits.extend(permit);
        }
        Poll::Ready(Some(batch))
    }

    /// As [`Reader::poll_batch`]. Cancel-safe: nothing is taken before it is returned.
    pub(crate) async fn batch(&self) -> Option<Batch> {
        poll_fn(|cx| self.poll_batch(cx)).await
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::{
        json::RawJson,
        jsonrpc::RequestId,
        model::{LogLevel, LogMessage, Progress, ProgressToken},
    };

    use super::*;

    fn progress(token: i64, value: f64) -> Arc<Published> {
        let progress = Progress::new(value, None, None);
        Arc::new(Published::new(ServerNotification::Progress {
            token: ProgressToken(RequestId::Number(token)),
            progress,
        }))
    }

    fn changed(uri: &str) -> Arc<Published> {
        Arc::new(Published::new(ServerNotification::ResourceUpdated { uri: uri.into() }))
    }

    fn render(event: &ServerNotification) -> Bytes {
        Bytes::from(format!("{event:?}"))
    }

    #[tokio::test]
    async fn unsent_events_are_replaced_and_answers_never_are() {
        let outbox = Outbox::new(&Limits::default());
        let reader = outbox.reader();
        let changed = Arc::new(Published::new(ServerNotification::ToolsListChanged));
        for value in 0..100 {
            outbox.push_event(0, &progress(1, f64::from(value)), render).unwrap();
            outbox.push_event(0, &progress(2, f64::from(value)), render).unwrap();
            outbox.push_event(0, &changed, render).unwrap();
        }
        outbox.push_reply("answer".into(), None);
        outbox.push_reply("answer".into(), None);
        let frames = reader.batch().await.unwrap().frames;
        let expected = [render(progress(1, 99.0).value()), render(progress(2, 99.0).value()), render(changed.value())];
        assert_eq!(frames[..3], expected);
        assert_eq!(frames[3..], ["answer", "answer"]);
    }

    #[tokio::test]
    async fn an_event_replaces_none_of_another_source() {
        let outbox = Outbox::new(&Limits::default());
        let changed = Arc::new(Published::new(ServerNotification::ToolsListChanged));
        for source in [outbox.source(), outbox.source()] {
            outbox.push_event(source, &changed, render).unwrap();
        }
        assert_eq!(outbox.reader().batch().await.unwrap().frames.len(), 2);
    }

    #[tokio::test]
    async fn a_stream_that_is_not_read_is_closed_and_what_waits_is_still_read() {
        let limits = Limits { queue_messages: 3, ..Limits::default() };
        let outbox = Outbox::new(&limits);
        let reader = outbox.reader();
        let push = |number: i32| outbox.push_event(0, &changed(&format!("test://{number}")), render);
        let results: Vec<bool> = (0..5).map(|number| push(number).is_ok()).collect();
        assert_eq!(results, [true, true, true, false, false]);
        assert_eq!(reader.batch().await.unwrap().frames.len(), 3);
        assert!(reader.batch().await.is_none());
    }

    /// LOG-011, PROG-008.
    #[tokio::test]
    async fn reports_and_log_messages_are_left_out_and_take_no_room_from_changes() {
        let outbox = Outbox::new(&Limits { queue_messages: 2, ..Limits::default() });
        let message = ServerNotification::Message(LogMessage::new(LogLevel::Error, RawJson::NULL));
        let message = Arc::new(Published::new(message));
        let results = [(); 4].map(|()| outbox.push_event(0, &message, render));
        assert_eq!(results, [Ok(()); 4]);
        assert_eq!(outbox.push_event(0, &message, render), Err(NotPushed::Full));
        assert_eq!(outbox.push_event(0, &progress(1, 1.0), render), Err(NotPushed::Full));
        for uri in ["test://1", "test://2"] {
            outbox.push_event(0, &changed(uri), render).unwrap();
        }
        assert_eq!(outbox.reader().batch().await.unwrap().frames.len(), 6);
        outbox.push_event(0, &message, render).unwrap();
    }

    #[tokio::test]
    async fn a_large_answer_that_waits_does_not_close_the_stream() {
        let limits = Limits::default();
        let outbox = Outbox::new(&limits);
        outbox.push_reply(vec![b'x'; limits.queue_bytes + 1].into(), None);
        outbox.push_event(0, &progress(1, 1.0), render).unwrap();
        assert_eq!(outbox.reader().batch().await.unwrap().frames.len(), 2);
    }

    #[tokio::test]
    async fn a_newer_reader_ends_the_older_one_and_keeps_what_waits() {
        let outbox = Outbox::new(&Limits::default());
        let old = outbox.reader();
        let waiting = tokio::spawn(async move { old.batch().await.is_none() });
        tokio::task::yield_now().await;
        let new = outbox.reader();
        assert!(waiting.await.unwrap());
        outbox.push_reply("answer".into(), None);
        assert_eq!(new.batch().await.unwrap().frames, ["answer"]);
    }
}
