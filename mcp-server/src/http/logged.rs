//! A stream whose events are kept, so that a client that lost it may ask for what it missed.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use mcp_core::framing::sse;
use tokio::sync::oneshot;

use super::turn::{Taken, Turn};
use crate::{
    lifecycle::Lifecycle,
    outbox::{EventId, EventLog, Outbox, Reader},
};

/// Keeps what a stream sends, and gives each event its id.
pub(crate) struct Logged {
    log: Arc<dyn EventLog>,
    stream: Arc<str>,
    /// Taken while events are taken and kept: whoever resumes the stream finds an event in the outbox or in the log.
    turn: Arc<Turn>,
    lifecycle: Lifecycle,
    /// What was missed, to be sent first.
    missed: Vec<(EventId, Bytes)>,
    /// Never locked: the lock makes it shareable.
    awaited: Mutex<Awaited>,
}

/// What a stream waits for that is no event.
enum Awaited {
    Nothing,
    /// Somebody else has the turn.
    Turn(Pin<Box<dyn Future<Output = Taken> + Send>>),
    /// Events are being kept, and are sent after.
    Kept(oneshot::Receiver<Kept>),
}

/// Events and their ids: of all, or of none if the log keeps the stream no more.
struct Kept {
    ids: Vec<EventId>,
    frames: Vec<Bytes>,
}

impl Logged {
    /// Becomes the reader of a stream, from after the event that the client has seen last; `None` for all that is still to
    /// come.
    pub(crate) async fn resume(
        log: &Arc<dyn EventLog>,
        stream: &str,
        turn: &Arc<Turn>,
        lifecycle: &Lifecycle,
        outbox: &Outbox,
        seen: Option<EventId>,
    ) -> (Self, Reader) {
        let taken = turn.clone().take().await;
        let reader = outbox.reader();
        let missed = match seen {
            Some(seen) => log.read_after(stream, seen).await,
            None => Vec::new(),
        };
        drop(taken);
        let (log, turn, lifecycle) = (log.clone(), turn.clone(), lifecycle.clone());
        (Self { log, stream: stream.into(), turn, lifecycle, missed, awaited: Mutex::new(Awaited::Nothing) }, reader)
    }

    /// Leaves out of what was missed what its reader may not know of any more.
    pub(crate) fn keep_missed(&mut self, may_know: impl Fn(&Bytes) -> bool) {
        self.missed.retain(|(_, frame)| may_know(frame));
    }

    /// The next events, each under its id.
    pub(super) fn poll_events(&mut self, reader: &Reader, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if !self.missed.is_empty() {
            return Poll::Ready(Some(render(std::mem::take(&mut self.missed))));
        }
        let awaited = self.awaited.get_mut().unwrap_or_else(PoisonError::into_inner);
        loop {
            let taken = match awaited {
                Awaited::Nothing => self.turn.try_take(),
                Awaited::Turn(turn) => Some(ready!(turn.as_mut().poll(cx))),
                Awaited::Kept(kept) => {
                    // Without an answer the server is at its end.
                    let kept = ready!(Pin::new(kept).poll(cx)).ok();
                    *awaited = Awaited::Nothing;
                    return Poll::Ready(kept.map(Kept::render));
                }
            };
            let Some(taken) = taken else {
                *awaited = Awaited::Turn(Box::pin(self.turn.clone().take()));
                continue;
            };
            *awaited = Awaited::Nothing;
            let Some(batch) = ready!(reader.poll_batch(cx)) else { return Poll::Ready(None) };
            if batch.frames.is_empty() {
                continue;
            }
            let (log, stream) = (self.log.clone(), self.stream.clone());
            let mut keeping = Box::pin(async move {
                let ids = log.append(&stream, &batch.frames).await;
                drop(taken);
                Kept { ids, frames: batch.frames }
            });
            if let Poll::Ready(kept) = keeping.as_mut().poll(cx) {
                return Poll::Ready(Some(kept.render()));
            }
            // Not by the reader of this stream: its client may be gone, and the next one waits for the turn.
            let (done, kept) = oneshot::channel();
            self.lifecycle.spawn(async move {
                // Nobody waits if the stream is gone.
                let _ = done.send(keeping.await);
            });
            *awaited = Awaited::Kept(kept);
        }
    }
}

impl Kept {
    fn render(self) -> Bytes {
        let Self { ids, frames } = self;
        if !ids.is_empty() {
            return render(ids.into_iter().zip(frames).collect());
        }
        // What the log does not keep any more is sent all the same.
        let mut out = Vec::new();
        frames.iter().for_each(|frame| sse::write_event(&mut out, frame));
        out.into()
    }
}

fn render(events: Vec<(EventId, Bytes)>) -> Bytes {
    let mut out = Vec::with_capacity(events.iter().map(|(_, frame)| frame.len() + 24).sum());
    for (id, frame) in events {
        out.extend_from_slice(format!("id: {id}\n").as_bytes());
        sse::write_event(&mut out, &frame);
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        task::{Wake, Waker},
        time::Duration,
    };

    use async_trait::async_trait;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::{budget::Budget, limits::Limits, outbox::MemoryLog};

    /// A log that does each thing only once it is let, as a database does that takes its time.
    struct Waiting {
        log: MemoryLog,
        let_go: Semaphore,
    }

    #[async_trait]
    impl EventLog for Waiting {
        fn open(&self, stream: &str) {
            self.log.open(stream);
        }

        async fn append(&self, stream: &str, frames: &[Bytes]) -> Vec<EventId> {
            self.let_go.acquire().await.unwrap().forget();
            self.log.append(stream, frames).await
        }

        async fn read_after(&self, stream: &str, after: EventId) -> Vec<(EventId, Bytes)> {
            self.let_go.acquire().await.unwrap().forget();
            self.log.read_after(stream, after).await
        }

        fn forget(&self, stream: &str) {
            self.log.forget(stream);
        }
    }

    struct Stream {
        waiting: Arc<Waiting>,
        log: Arc<dyn EventLog>,
        outbox: Outbox,
        turn: Arc<Turn>,
        lifecycle: Lifecycle,
    }

    impl Stream {
        fn new() -> Self {
            let limits = Limits::default();
            let budget = Budget::new(usize::MAX);
            let log = MemoryLog::new(10, 1000, budget.clone());
            let waiting = Arc::new(Waiting { log, let_go: Semaphore::new(0) });
            waiting.open("s");
            let outbox = Outbox::new(&limits, &budget);
            Self { log: waiting.clone(), waiting, outbox, turn: Arc::default(), lifecycle: Lifecycle::default() }
        }

        async fn resume(&self, seen: Option<EventId>) -> (Logged, Reader) {
            let resumed = Logged::resume(&self.log, "s", &self.turn, &self.lifecycle, &self.outbox, seen);
            tokio::time::timeout(Duration::from_secs(10), resumed).await.expect("the stream is not let go")
        }

        fn push(&self, frame: &'static str) {
            self.outbox.push_reply(Bytes::from_static(frame.as_bytes()), None);
        }

        fn let_go(&self) {
            self.waiting.let_go.add_permits(1);
        }
    }

    async fn next((logged, reader): &mut (Logged, Reader)) -> Option<Bytes> {
        std::future::poll_fn(|cx| logged.poll_events(reader, cx)).await
    }

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Polls it once; whether it asks for another poll at once.
    fn polls_on((logged, reader): &mut (Logged, Reader)) -> bool {
        let woken = Arc::new(Woken::default());
        assert!(logged.poll_events(reader, &mut Context::from_waker(&Waker::from(woken.clone()))).is_pending());
        woken.0.load(Ordering::Relaxed) > 0
    }

    #[tokio::test]
    async fn a_stream_that_waits_for_its_log_asks_for_no_turn_of_the_runtime() {
        let stream = Stream::new();
        let mut first = stream.resume(None).await;
        stream.push("1");
        assert!(!polls_on(&mut first));
        stream.let_go();
        assert_eq!(next(&mut first).await.unwrap(), "id: 1\ndata: 1\n\n");
        // The next one reads the log, and has the turn meanwhile.
        let mut second = Box::pin(stream.resume(Some(0)));
        assert!(futures_poll(second.as_mut()).is_pending());
        stream.push("2");
        assert!(!polls_on(&mut first));
        stream.let_go();
        let mut second = second.await;
        assert_eq!(next(&mut first).await, None);
        assert_eq!(next(&mut second).await.unwrap(), "id: 1\ndata: 1\n\n");
    }

    fn futures_poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Its connection may be dead, or read nothing.
    #[tokio::test]
    async fn what_a_stream_was_keeping_is_found_by_the_next_one_though_nobody_polls_the_stream_any_more() {
        for is_dropped in [false, true] {
            let stream = Stream::new();
            let mut first = Some(stream.resume(None).await);
            stream.push("1");
            assert!(!polls_on(first.as_mut().unwrap()));
            if is_dropped {
                first = None;
            }
            stream.waiting.let_go.add_permits(2);
            let mut second = stream.resume(Some(0)).await;
            assert_eq!(next(&mut second).await.unwrap(), "id: 1\ndata: 1\n\n");
            drop(first);
        }
    }

    #[tokio::test]
    async fn a_stream_that_waits_for_the_turn_and_is_not_polled_keeps_it_from_nobody() {
        let stream = Stream::new();
        let mut first = stream.resume(None).await;
        let mut second = Box::pin(stream.resume(Some(0)));
        assert!(futures_poll(second.as_mut()).is_pending());
        assert!(!polls_on(&mut first));
        stream.waiting.let_go.add_permits(2);
        drop(second.await);
        drop(stream.resume(Some(0)).await);
        drop(first);
    }
}
