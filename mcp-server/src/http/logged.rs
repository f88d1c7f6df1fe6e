//! A stream whose events are kept, so that a client that lost it may ask for what it missed.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use mcp_core::framing::sse;

use crate::outbox::{EventId, EventLog, Outbox, Reader};

/// Keeps what a stream sends, and gives each event its id.
pub(crate) struct Logged {
    log: Arc<dyn EventLog>,
    stream: Arc<str>,
    /// Held while events are taken and kept: whoever resumes the stream finds an event in the outbox or in the log.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// What was missed, to be sent first.
    missed: Vec<(EventId, Bytes)>,
    /// What is being kept, and sent after. Never locked: the lock makes it shareable.
    keeping: Mutex<Option<Keeping>>,
}

type Keeping = Pin<Box<dyn Future<Output = (Vec<EventId>, Vec<Bytes>)> + Send>>;

impl Logged {
    /// Becomes the reader of a stream, from after the event that the client has seen last; `None` for all that is still to
    /// come.
    pub(crate) async fn resume(
        log: &Arc<dyn EventLog>,
        stream: &str,
        turn: &Arc<tokio::sync::Mutex<()>>,
        outbox: &Outbox,
        seen: Option<EventId>,
    ) -> (Self, Reader) {
        let taken = turn.lock().await;
        let reader = outbox.reader();
        let missed = match seen {
            Some(seen) => log.read_after(stream, seen).await,
            None => Vec::new(),
        };
        drop(taken);
        let (log, turn) = (log.clone(), turn.clone());
        (Self { log, stream: stream.into(), turn, missed, keeping: Mutex::new(None) }, reader)
    }

    /// The next events, each under its id.
    pub(super) fn poll_events(&mut self, reader: &Reader, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if !self.missed.is_empty() {
            return Poll::Ready(Some(render(std::mem::take(&mut self.missed))));
        }
        let keeping = self.keeping.get_mut().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(future) = keeping {
                let (ids, frames) = ready!(future.as_mut().poll(cx));
                *keeping = None;
                // What the log does not keep any more is sent all the same.
                let plain = if ids.is_empty() { frames.iter() } else { [].iter() };
                let mut out = plain.fold(Vec::new(), |mut out, frame| {
                    sse::write_event(&mut out, frame);
                    out
                });
                out.extend_from_slice(&render(ids.into_iter().zip(frames).collect()));
                return Poll::Ready(Some(out.into()));
            }
            let Ok(taken) = self.turn.clone().try_lock_owned() else {
                // Somebody resumes the stream, which takes no time, and ends this one.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            };
            let Some(batch) = ready!(reader.poll_batch(cx)) else { return Poll::Ready(None) };
            if batch.frames.is_empty() {
                continue;
            }
            let (log, stream) = (self.log.clone(), self.stream.clone());
            *keeping = Some(Box::pin(async move {
                let ids = log.append(&stream, &batch.frames).await;
                drop(taken);
                (ids, batch.frames.clone())
            }));
        }
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
