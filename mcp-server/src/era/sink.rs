//! Sinks that write events in the words of the era whose stream they belong to.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::{
    era::{Era, legacy, modern},
    jsonrpc::RequestId,
    sink::{NotPushed, NotificationSink, Published},
    version::ProtocolVersion,
};

use crate::outbox::Outbox;

/// The stream of a request, or of a whole session.
pub(super) struct StreamSink {
    outbox: Outbox,
    source: u64,
    version: ProtocolVersion,
}

impl StreamSink {
    pub(super) fn new(outbox: Outbox, version: ProtocolVersion) -> Self {
        Self { source: outbox.source(), outbox, version }
    }
}

impl NotificationSink for StreamSink {
    fn push(&self, notification: &Arc<Published>) -> Result<(), NotPushed> {
        self.outbox.push_event(self.source, notification, |event| match Era::of(self.version) {
            // The same bytes go to every session of a revision.
            Era::Legacy => notification
                .bytes(self.version, |event, out| legacy::write_notification(out, event, self.version))
                .clone(),
            Era::Modern => {
                let mut frame = Vec::with_capacity(128);
                modern::write_notification(&mut frame, event, None);
                frame.into()
            }
        })
    }
}

/// A `subscriptions/listen` stream: every event carries the id of the request that opened it (SUBS-005).
pub(super) struct ListenSink {
    outbox: Outbox,
    source: u64,
    subscription: RequestId,
}

impl ListenSink {
    pub(super) fn new(outbox: Outbox, subscription: RequestId) -> Self {
        Self { source: outbox.source(), outbox, subscription }
    }
}

impl NotificationSink for ListenSink {
    fn push(&self, notification: &Arc<Published>) -> Result<(), NotPushed> {
        self.outbox.push_event(self.source, notification, |event| {
            let mut frame = Vec::with_capacity(160);
            modern::write_notification(&mut frame, event, Some(&self.subscription));
            Bytes::from(frame)
        })
    }
}
