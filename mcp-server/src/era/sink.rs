//! Sinks that write events in the words of the era whose stream they belong to.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::{
    era::{Era, legacy, modern},
    jsonrpc::RequestId,
    model::ServerNotification,
    sink::{NotPushed, NotificationSink, Published},
    version::ProtocolVersion,
};

use super::watch::Sight;
use crate::outbox::{EventWriter, Outbox};

/// A place in an outbox for the events of one source: a call, a session, a stream that listens.
pub(super) struct EventSink<W> {
    outbox: Outbox,
    source: u64,
    writer: Arc<W>,
}

impl<W: EventWriter> EventSink<W> {
    pub(super) fn new(outbox: Outbox, writer: W) -> Self {
        Self { source: outbox.source(), outbox, writer: Arc::new(writer) }
    }

    /// Its number among those who push to the outbox.
    pub(super) fn source(&self) -> u64 {
        self.source
    }
}

impl<W: EventWriter + 'static> NotificationSink for EventSink<W> {
    fn push(&self, notification: &Arc<Published>) -> Result<(), NotPushed> {
        self.outbox.push_event(self.source, notification, &self.writer)
    }
}

/// Writes for the stream of a request, or of a whole session.
pub(super) struct StreamWriter {
    pub(super) version: ProtocolVersion,
    pub(super) sight: Option<Arc<Sight>>,
}

impl EventWriter for StreamWriter {
    fn write(&self, event: &Published) -> Option<Bytes> {
        if !is_visible(self.sight.as_deref(), event) {
            return None;
        }
        Some(match Era::of(self.version) {
            // The same bytes go to every session of a revision.
            Era::Legacy => {
                event.bytes(self.version, |event, out| legacy::write_notification(out, event, self.version)).clone()
            }
            Era::Modern => {
                let mut frame = Vec::with_capacity(128);
                modern::write_notification(&mut frame, event.value(), self.version, None);
                frame.into()
            }
        })
    }
}

/// Writes for a `subscriptions/listen` stream: every event carries the id of the request that opened it.
pub(super) struct ListenWriter {
    pub(super) version: ProtocolVersion,
    pub(super) subscription: RequestId,
    pub(super) sight: Option<Arc<Sight>>,
}

impl EventWriter for ListenWriter {
    fn write(&self, event: &Published) -> Option<Bytes> {
        is_visible(self.sight.as_deref(), event).then(|| {
            let mut frame = Vec::with_capacity(160);
            modern::write_notification(&mut frame, event.value(), self.version, Some(&self.subscription));
            Bytes::from(frame)
        })
    }
}

/// Whether the reader may know of what has changed, now.
fn is_visible(sight: Option<&Sight>, event: &Published) -> bool {
    match (sight, event.value()) {
        (Some(sight), _) if sight.has_ended() => false,
        (Some(sight), ServerNotification::ResourceUpdated { uri }) => sight.includes(uri),
        _ => true,
    }
}
