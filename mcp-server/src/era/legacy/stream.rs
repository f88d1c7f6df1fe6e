//! GET opens the stream of a session, DELETE ends the session.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use mcp_core::era::legacy::LAST;

use super::{
    post::{check_version, enter},
    sessions::session_id,
};
use crate::{
    era::{Eras, answer, named::Named},
    http::{EventStream, Reply, accepted, busy, is_event_stream_accepted, json, refuse, stream},
};

/// Opens the stream for what belongs to no request (HTTPL-012 to HTTPL-014). The newest stream of a session gets
/// everything; an older one ends, because its connection is usually a dead one.
pub(in crate::era) fn open_stream(eras: &Arc<Eras>, named: &Named<'_>, headers: &HeaderMap) -> Reply {
    if let Err(error) = check_version(eras, named) {
        return json(StatusCode::BAD_REQUEST, answer::error(LAST, None, &error));
    }
    if !is_event_stream_accepted(headers) {
        return refuse(StatusCode::NOT_ACCEPTABLE, "the client must accept text/event-stream").into_reply();
    }
    let visit = match enter(eras, named) {
        Ok(visit) => visit,
        Err(absent) => return absent.into_reply(),
    };
    if eras.engine.lifecycle.stopping().is_raised() {
        return busy(None);
    }
    let Some(place) = eras.engine.streams.take() else { return busy(None) };
    // A client that never said that it is ready shows it by listening.
    visit.attach(&eras.engine);
    let reader = visit.outbox.reader();
    stream(EventStream::new(reader, eras.engine.limits.keep_alive, (visit, place)))
}

/// Ends the session (HTTPL-032).
pub(in crate::era) fn end_session(eras: &Arc<Eras>, named: &Named<'_>) -> Reply {
    if let Err(error) = check_version(eras, named) {
        return json(StatusCode::BAD_REQUEST, answer::error(LAST, None, &error));
    }
    if let Err(absent) = enter(eras, named) {
        return absent.into_reply();
    }
    if let Some(id) = session_id(named) {
        eras.sessions.end(id);
    }
    let mut reply = accepted();
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}
