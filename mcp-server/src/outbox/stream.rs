//! One stream's outbox, and who reads it.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use mcp_core::{
    sink::{NotPushed, Published},
    sync::lock,
};
use tokio::sync::Notify;

use super::{
    EventWriter,
    events::{Event, Events, Room},
    replies::{Replies, Reply},
};
use crate::{budget::Budget, limits::Limits, permits::Permit};

/// What waits for one stream. Clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct Outbox {
    shared: Arc<Shared>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    /// Told whenever a reader has taken everything.
    drained: Notify,
    room: Room,
    /// Where large messages are counted from here until they are written.
    budget: Arc<Budget>,
    sources: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    replies: Replies,
    events: Events,
    /// Of the replies.
    bytes: usize,
    /// How many things were pushed.
    pushed: u64,
    closed: bool,
    /// Which reader is the current one: the newest.
    reader: u64,
    /// Whether that one is still there.
    is_read: bool,
    waker: Option<Waker>,
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
    /// An outbox with the bounds of a stream. What waits in it is counted among the bytes of `budget`.
    pub(crate) fn new(limits: &Limits, budget: &Arc<Budget>) -> Self {
        let shared = Shared {
            waiting: Mutex::default(),
            drained: Notify::new(),
            room: Room { messages: limits.queue_messages, bytes: limits.queue_bytes },
            budget: budget.clone(),
            sources: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// A number for one who pushes events: events replace only those of their own source.
    pub(crate) fn source(&self) -> u64 {
        self.shared.sources.fetch_add(1, Ordering::Relaxed)
    }

    /// The answer as it may be queued: counted if it is large. `None` if there is no room for it.
    pub(super) fn admit(&self, frame: Bytes) -> Option<Bytes> {
        self.shared.budget.admit(frame)
    }

    /// Queues a message that cannot be refused, and need not be: whoever makes such messages makes few of them at once.
    pub(crate) fn push_reply(&self, frame: Bytes, permit: Option<Permit>) {
        self.push_admitted(self.shared.budget.force(frame), permit);
    }

    /// Queues an answer that was admitted.
    pub(super) fn push_admitted(&self, frame: Bytes, permit: Option<Permit>) {
        let mut waiting = self.lock();
        if !waiting.closed {
            let number = waiting.next_number();
            waiting.bytes += frame.len();
            waiting.replies.push(Reply { number, frame, permit });
            wake(waiting);
        }
    }

    /// Takes in an event, in place of an unsent one that it replaces. `writer` writes it when it is sent.
    ///
    /// # Errors
    ///
    /// `Gone` if the stream is closed, `Full` for a log message that finds no room.
    pub(crate) fn push_event(
        &self,
        source: u64,
        event: &Arc<Published>,
        writer: &Arc<impl EventWriter + 'static>,
    ) -> Result<(), NotPushed> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(NotPushed::Gone);
        }
        let event = Event { number: waiting.next_number(), event: event.clone(), writer: writer.clone(), held: None };
        waiting.events.push(source, event, self.shared.room, &self.shared.budget)?;
        wake(waiting);
        Ok(())
    }

    /// Forgets the change of a resource that waits for a source which watches it no more.
    pub(crate) fn forget_change(&self, source: u64, uri: &str) {
        let forgotten = self.lock().events.forget_change(source, uri);
        drop(forgotten);
    }

    /// No more is taken in; what waits is still read.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        wake(waiting);
    }

    /// Whether anybody reads it now.
    #[cfg(feature = "http")]
    pub(crate) fn has_reader(&self) -> bool {
        self.lock().is_read
    }

    /// Becomes the reader; an earlier one sees the end.
    pub(crate) fn reader(&self) -> Reader {
        let mut waiting = self.lock();
        waiting.reader += 1;
        waiting.is_read = true;
        let number = waiting.reader;
        wake(waiting);
        Reader { outbox: self.clone(), number }
    }

    /// Ready while something waits. Only for the one task that will also become the reader.
    #[cfg(feature = "http")]
    pub(crate) fn poll_waiting(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut waiting = self.lock();
        if waiting.is_empty() && !waiting.closed {
            waiting.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Takes everything that waits, without a reader: for a stream that ends before anybody began to read it.
    #[cfg(feature = "http")]
    pub(crate) fn take(&self) -> Vec<Bytes> {
        let (replies, events) = self.lock().take();
        Batch::new(replies, events).frames
    }

    /// How many bytes wait.
    pub(crate) fn bytes(&self) -> usize {
        let waiting = self.lock();
        waiting.bytes + waiting.events.bytes()
    }

    /// Waits until a reader has taken everything.
    pub(crate) async fn drained(&self) {
        loop {
            let drained = self.shared.drained.notified();
            if self.lock().is_empty() {
                return;
            }
            drained.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it holds the lock half way through a change.
        lock(&self.shared.waiting)
    }
}

impl Waiting {
    fn next_number(&mut self) -> u64 {
        self.pushed += 1;
        self.pushed
    }

    fn is_empty(&self) -> bool {
        self.replies.is_empty() && self.events.is_empty()
    }

    fn take(&mut self) -> (impl ExactSizeIterator<Item = Reply> + use<>, Vec<Event>) {
        self.bytes = 0;
        (self.replies.take().into_iter(), self.events.take())
    }
}

/// Wakes the reader after the lock is released, so that it does not wake up to wait for the lock.
fn wake(mut waiting: MutexGuard<'_, Waiting>) {
    let waker = waiting.waker.take();
    drop(waiting);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Batch {
    /// Both in the order in which they were pushed. Events are written here, without the lock: who may know of what
    /// they are about is the user's code to say.
    fn new(replies: impl ExactSizeIterator<Item = Reply>, events: Vec<Event>) -> Self {
        let mut batch = Self { frames: Vec::with_capacity(replies.len() + events.len()), _permits: Vec::new() };
        let mut events = events.into_iter().peekable();
        for Reply { number, frame, permit } in replies {
            while let Some(event) = events.next_if(|event| event.number < number) {
                batch.frames.extend(event.writer.write(&event.event));
            }
            batch.frames.push(frame);
            batch._permits.extend(permit);
        }
        batch.frames.extend(events.filter_map(|event| event.writer.write(&event.event)));
        batch
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut waiting = self.outbox.lock();
        if waiting.reader == self.number {
            waiting.is_read = false;
        }
    }
}

impl Reader {
    /// Everything that waits, or `None` when the outbox is closed and empty, or has a newer reader. A batch has no frame
    /// if the reader may know of none of the events that waited.
    pub(crate) fn poll_batch(&self, cx: &mut Context<'_>) -> Poll<Option<Batch>> {
        let mut waiting = self.outbox.lock();
        if waiting.reader != self.number {
            return Poll::Ready(None);
        }
        if waiting.is_empty() {
            if waiting.closed {
                return Poll::Ready(None);
            }
            waiting.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let (replies, events) = waiting.take();
        drop(waiting);
        self.outbox.shared.drained.notify_waiters();
        Poll::Ready(Some(Batch::new(replies, events)))
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
        model::{LogLevel, LogMessage, Progress, ProgressToken, ServerNotification},
    };

    use super::*;
    use crate::{budget::COUNTED, outbox::ReplySlot};

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

    /// Writes what debugging shows, of everything but the resource `test://hidden`.
    struct Plain;

    impl EventWriter for Plain {
        fn write(&self, event: &Published) -> Option<Bytes> {
            (*event.value() != ServerNotification::ResourceUpdated { uri: "test://hidden".into() })
                .then(|| Bytes::from(format!("{:?}", event.value())))
        }
    }

    fn written(event: &Published) -> Bytes {
        Plain.write(event).unwrap()
    }

    fn outbox(limits: &Limits) -> Outbox {
        Outbox::new(limits, &Budget::new(limits.held_bytes))
    }

    fn push(outbox: &Outbox, source: u64, event: &Arc<Published>) -> Result<(), NotPushed> {
        outbox.push_event(source, event, &Arc::new(Plain))
    }

    async fn frames(outbox: &Outbox) -> Vec<Bytes> {
        outbox.reader().batch().await.unwrap().frames
    }

    #[tokio::test]
    async fn unsent_events_are_replaced_and_answers_never_are() {
        let outbox = outbox(&Limits::default());
        let changed = Arc::new(Published::new(ServerNotification::ToolsListChanged));
        for value in 0..100 {
            push(&outbox, 0, &progress(1, f64::from(value))).unwrap();
            push(&outbox, 1, &progress(2, f64::from(value))).unwrap();
            push(&outbox, 0, &changed).unwrap();
        }
        outbox.push_reply("answer".into(), None);
        outbox.push_reply("answer".into(), None);
        let frames = frames(&outbox).await;
        let expected = [written(&progress(1, 99.0)), written(&progress(2, 99.0)), written(&changed)];
        assert_eq!(frames[..3], expected);
        assert_eq!(frames[3..], ["answer", "answer"]);
    }

    #[tokio::test]
    async fn an_event_replaces_none_of_another_source() {
        let outbox = outbox(&Limits::default());
        let changed = Arc::new(Published::new(ServerNotification::ToolsListChanged));
        for source in [outbox.source(), outbox.source()] {
            push(&outbox, source, &changed).unwrap();
        }
        assert_eq!(frames(&outbox).await.len(), 2);
    }

    #[tokio::test]
    async fn everything_leaves_in_the_order_in_which_it_was_pushed() {
        let outbox = outbox(&Limits::default());
        let [a, b] = ["test://a", "test://b"].map(changed);
        outbox.push_reply("1".into(), None);
        push(&outbox, 0, &a).unwrap();
        outbox.push_reply("2".into(), None);
        push(&outbox, 0, &b).unwrap();
        push(&outbox, 0, &a).unwrap();
        outbox.push_reply("3".into(), None);
        let expected = ["1".into(), written(&a), "2".into(), written(&b), "3".into()];
        assert_eq!(frames(&outbox).await, expected);
    }

    #[tokio::test]
    async fn a_stream_that_nobody_reads_keeps_the_newest_of_everything_that_is_watched() {
        let outbox = outbox(&Limits::default());
        let watched = 10_000;
        for _ in 0..3 {
            for number in 0..watched {
                push(&outbox, 0, &changed(&format!("test://{number}"))).unwrap();
            }
        }
        assert_eq!(frames(&outbox).await.len(), watched);
        push(&outbox, 0, &changed("test://1")).unwrap();
        assert_eq!(frames(&outbox).await.len(), 1);
    }

    #[tokio::test]
    async fn what_is_forgotten_leaves_no_room_behind_and_the_others_in_order() {
        let outbox = outbox(&Limits::default());
        for number in 0..1000 {
            let uri = format!("test://{number}");
            push(&outbox, 0, &changed(&uri)).unwrap();
            if number % 100 != 0 {
                outbox.forget_change(0, &uri);
            }
        }
        assert!(outbox.lock().events.places() < 30);
        push(&outbox, 0, &changed("test://500")).unwrap();
        let expected: Vec<Bytes> =
            (0..10).map(|number| written(&changed(&format!("test://{}", 100 * number)))).collect();
        assert_eq!(frames(&outbox).await, expected);
    }

    #[tokio::test]
    async fn what_the_reader_may_not_know_of_when_it_is_sent_is_left_out() {
        let outbox = outbox(&Limits::default());
        push(&outbox, 0, &changed("test://hidden")).unwrap();
        assert_eq!(frames(&outbox).await.len(), 0);
        push(&outbox, 0, &changed("test://hidden")).unwrap();
        push(&outbox, 0, &changed("test://shown")).unwrap();
        assert_eq!(frames(&outbox).await, [written(&changed("test://shown"))]);
    }

    #[tokio::test]
    async fn log_messages_are_left_out_and_take_no_room_from_changes() {
        let outbox = outbox(&Limits { queue_messages: 4, ..Limits::default() });
        let message = |size| {
            let data = RawJson::from_value(&"x".repeat(size)).unwrap();
            Arc::new(Published::new(ServerNotification::Message(LogMessage::new(LogLevel::Error, data))))
        };
        let results = [(); 4].map(|()| push(&outbox, 0, &message(1)));
        assert_eq!(results, [Ok(()); 4]);
        assert_eq!(push(&outbox, 0, &message(1)), Err(NotPushed::Full));
        push(&outbox, 0, &progress(1, 1.0)).unwrap();
        for uri in ["test://1", "test://2"] {
            push(&outbox, 0, &changed(uri)).unwrap();
        }
        assert_eq!(frames(&outbox).await.len(), 7);
        assert_eq!(push(&outbox, 0, &message(Limits::default().queue_bytes)), Err(NotPushed::Full));
        push(&outbox, 0, &message(1)).unwrap();
    }

    #[tokio::test]
    async fn a_large_answer_that_waits_leaves_room_for_events() {
        let limits = Limits::default();
        let outbox = outbox(&limits);
        outbox.push_reply(vec![b'x'; limits.queue_bytes + 1].into(), None);
        push(&outbox, 0, &progress(1, 1.0)).unwrap();
        assert_eq!(frames(&outbox).await.len(), 2);
        assert_eq!(outbox.bytes(), 0);
    }

    #[tokio::test]
    async fn large_answers_that_nobody_reads_are_counted_until_they_are_written_and_given_up_beyond_the_bound() {
        let budget = Budget::new(3 * COUNTED);
        let outbox = Outbox::new(&Limits::default(), &budget);
        let answer = Bytes::from(vec![b'x'; COUNTED]);
        for id in 1..=5 {
            ReplySlot::new(outbox.clone(), RequestId::Number(id), None).send(answer.clone());
        }
        assert!(budget.take(1).is_none());
        let batch = outbox.reader().batch().await.unwrap();
        assert_eq!(batch.frames[..3], [answer.clone(), answer.clone(), answer]);
        for (frame, id) in batch.frames[3..].iter().zip(4..) {
            let frame = std::str::from_utf8(frame).unwrap();
            assert!(frame.starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32603,"#)), "{frame}");
        }
        // Until they are written they are held.
        assert!(budget.take(1).is_none());
        drop(batch);
        assert!(budget.take(3 * COUNTED).is_some());
    }

    #[tokio::test]
    async fn log_messages_that_nobody_reads_are_counted_and_left_out_beyond_the_bound() {
        let budget = Budget::new(2 * COUNTED);
        let outboxes = [(); 3].map(|()| Outbox::new(&Limits::default(), &budget));
        let data = RawJson::from_value(&"x".repeat(COUNTED / 2)).unwrap();
        let message = Arc::new(Published::new(ServerNotification::Message(LogMessage::new(LogLevel::Error, data))));
        let pushed = outboxes.iter().flat_map(|outbox| [push(outbox, 0, &message), push(outbox, 0, &message)]);
        let taken = pushed.filter(Result::is_ok).count();
        assert_eq!(taken, 3);
        assert_eq!(frames(&outboxes[0]).await.len(), 2);
        drop(outboxes);
        assert!(budget.take(2 * COUNTED).is_some());
    }

    #[tokio::test]
    async fn a_closed_stream_is_read_to_its_end_and_takes_nothing_in() {
        let outbox = outbox(&Limits::default());
        let reader = outbox.reader();
        push(&outbox, 0, &changed("test://a")).unwrap();
        outbox.close();
        assert_eq!(push(&outbox, 0, &changed("test://b")), Err(NotPushed::Gone));
        assert_eq!(reader.batch().await.unwrap().frames.len(), 1);
        assert!(reader.batch().await.is_none());
    }

    #[tokio::test]
    async fn a_newer_reader_ends_the_older_one_and_keeps_what_waits() {
        let outbox = outbox(&Limits::default());
        let old = outbox.reader();
        let waiting = tokio::spawn(async move { old.batch().await.is_none() });
        tokio::task::yield_now().await;
        let new = outbox.reader();
        assert!(waiting.await.unwrap());
        outbox.push_reply("answer".into(), None);
        assert_eq!(new.batch().await.unwrap().frames, ["answer"]);
    }
}
