//! A stream whose events are kept, so that a client that lost it may ask for what it missed.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use mcp_core::framing::sse;

use crate::outbox::{EventId, EventLog, Reader};

/// Keeps what a stream sends, and gives each event its id.
pub(crate) struct Logged {
    log: Arc<dyn EventLog>,
    stream: Arc<str>,
    /// What was missed, to be sent first.
    missed: Vec<(EventId, Bytes)>,
    /// What is being kept, and sent after. Never locked: the lock makes it shareable.
    keeping: Mutex<Option<Keeping>>,
}

type Keeping = Pin<Box<dyn Future<Output = Vec<(EventId, Bytes)>> + Send>>;

impl Logged {
    /// Resumes a stream after the event that the client has seen last; `None` for all that is still to come.
    pub(crate) async fn resume(log: &Arc<dyn EventLog>, stream: &str, seen: Option<EventId>) -> Self {
        let missed = match seen {
            Some(seen) => log.read_after(stream, seen).await,
            None => Vec::new(),
        };
        Self { log: log.clone(), stream: stream.into(), missed, keeping: Mutex::new(None) }
    }

    /// The next events, each under its id.
    pub(super) fn poll_events(&mut self, reader: &Reader, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if !self.missed.is_empty() {
            return Poll::Ready(Some(render(&std::mem::take(&mut self.missed))));
        }
        let keeping = self.keeping.get_mut().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(future) = keeping {
                let events = ready!(future.as_mut().poll(cx));
                *keeping = None;
                return Poll::Ready(Some(render(&events)));
            }
            let Some(batch) = ready!(reader.poll_batch(cx)) else { return Poll::Ready(None) };
            if batch.frames.is_empty() {
                continue;
            }
            let (log, stream) = (self.log.clone(), self.stream.clone());
            *keeping = Some(Box::pin(async move {
                let ids = log.append(&stream, &batch.frames).await;
                ids.into_iter().zip(batch.frames.iter().cloned()).collect()
            }));
        }
    }
}

fn render(events: &[(EventId, Bytes)]) -> Bytes {
    let mut out = Vec::with_capacity(events.iter().map(|(_, frame)| frame.len() + 24).sum());
    for (id, frame) in events {
        out.extend_from_slice(format!("id: {id}\n").as_bytes());
        sse::write_event(&mut out, frame);
    }
    out.into()
}
