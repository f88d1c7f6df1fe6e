//! GET opens the stream of a session, DELETE ends the session.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use mcp_core::era::legacy::LAST;

use super::{
    post::{check_version, enter},
    sessions::SESSION_ID,
};
use crate::{
    era::{Eras, answer, post::busy},
    http::{EventStream, Reply, accepted, is_event_stream_accepted, json, refuse, stream},
};

/// Opens the stream for what belongs to no request (HTTPL-012 to HTTPL-014). The newest stream of a session gets
/// everything; an older one ends, because its connection is usually a dead one.
pub(in crate::era) fn open_stream(eras: &Arc<Eras>, headers: &HeaderMap) -> Reply {
    if let Err(error) = check_version(eras, headers) {
        return json(StatusCode::BAD_REQUEST, answer::error(LAST, None, &error));
    }
    if !is_event_stream_accepted(headers) {
        return refuse(StatusCode::NOT_ACCEPTABLE, "the client must accept text/event-stream").into_reply();
    }
    let visit = match enter(eras, headers) {
        Ok(visit) => visit,
        Err(absent) => return absent.into_reply(),
    };
    if eras.engine.lifecycle.stopping().is_cancelled() {
        return busy();
    }
    let Ok(place) = eras.engine.streams.clone().try_acquire_owned() else { return busy() };
    // A client that never said that it is ready shows it by listening.
    visit.attach(&eras.engine);
    let reader = visit.outbox.reader();
    stream(EventStream::new(reader, eras.engine.limits.keep_alive, (visit, place)))
}

/// Ends the session (HTTPL-032).
pub(in crate::era) fn end_session(eras: &Arc<Eras>, headers: &HeaderMap) -> Reply {
    if let Err(error) = check_version(eras, headers) {
        return json(StatusCode::BAD_REQUEST, answer::error(LAST, None, &error));
    }
    if let Err(absent) = enter(eras, headers) {
        return absent.into_reply();
    }
    if let Some(id) = headers.get(SESSION_ID).and_then(|id| id.to_str().ok()) {
        eras.sessions.end(id);
    }
    let mut reply = accepted();
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}
