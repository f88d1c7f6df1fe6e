//! GET opens the stream of a session, DELETE ends the session.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, request::Parts};

use mcp_core::{
    era::Method,
    json::Text,
    jsonrpc::{self, Message},
};

use super::{Legacy, Session, entry::Absent};
use crate::{
    engine::Engine,
    era::headers::MessageHeaders,
    http::{EventStream, Logged, Refusal, Reply, accepted, busy, is_event_stream_accepted, not_acceptable, stream},
    outbox::EventId,
    refusal_log::RefusalKind,
};

/// The last event that the client has seen. One that cannot be ours is no reason to refuse the stream.
fn last_event(headers: &HeaderMap) -> Option<EventId> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// The resource whose change an event that we have written tells of.
fn changed_resource(frame: &Bytes) -> Option<Text> {
    // What was written once is no more than may be read.
    let Ok(Message::Notification(event)) = jsonrpc::decode(frame, &jsonrpc::Limits::default()) else { return None };
    (event.method == Method::ResourceUpdated.name()).then(|| event.params.text("uri"))?
}

impl Legacy {
    /// Opens the stream for what belongs to no request (2025-11-25, basic/transports, "Listening for Messages from the
    /// Server"). The newest stream of a session gets everything; an older one ends, because its connection is usually a
    /// dead one.
    pub(in crate::era) async fn open_stream(
        self: &Arc<Self>,
        named: &MessageHeaders<'_>,
        parts: &Parts,
    ) -> Result<Result<Reply, Refusal>, Absent> {
        if !is_event_stream_accepted(&parts.headers) {
            return Ok(Err(not_acceptable(&self.engine.refusals, &parts.headers, "text/event-stream")));
        }
        let visit = self.enter(&parts.headers, parts.extensions.get()).await?;
        if self.engine.lifecycle.stopping().is_raised() {
            return Ok(Err(busy(None).into()));
        }
        let Some(permit) = self.engine.streams.take() else {
            let Engine { refusals, limits, .. } = &*self.engine;
            refusals.tell_full(RefusalKind::Streams, "the stream of a session", "streams", limits.streams);
            return Ok(Err(busy(None).into()));
        };
        // A client that never said that it is ready shows it by listening.
        visit.session.attach(&self.engine);
        let (logged, reader) = match (&self.sessions.log, named.session_text()) {
            (Some(log), Some(id)) => {
                let Session { outbox, turn, .. } = &*visit.session;
                let (seen, lifecycle) = (last_event(&parts.headers), &self.engine.lifecycle);
                let (mut logged, reader) = Logged::resume(log, id, turn, lifecycle, outbox, seen).await;
                let sight = visit.session.sight();
                logged.keep_missed(|frame| changed_resource(frame).is_none_or(|uri| sight.includes(&uri)));
                (Some(logged), reader)
            }
            _ => (None, visit.session.outbox.reader()),
        };
        let events = EventStream::new(reader, self.engine.limits.keep_alive, (visit, permit));
        Ok(Ok(stream(events.logged(logged))))
    }

    /// Ends the session.
    pub(in crate::era) async fn end_session(&self, named: &MessageHeaders<'_>, parts: &Parts) -> Result<Reply, Absent> {
        drop(self.enter(&parts.headers, parts.extensions.get()).await?);
        self.end(named);
        let mut reply = accepted();
        *reply.status_mut() = StatusCode::NO_CONTENT;
        Ok(reply)
    }
}
