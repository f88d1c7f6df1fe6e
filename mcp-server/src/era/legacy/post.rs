//! What a client sends to its session.

use std::sync::Arc;

use http::{HeaderValue, StatusCode, request::Parts};
use mcp_core::{
    call::{Call, CallMetadata},
    era::{
        Era,
        legacy::{
            ASSUMED, Handshake, LAST, LegacyRequest, negotiate, read_cancelled, read_request, write_initialize_result,
        },
        modern::{keys, unsupported_version},
    },
    error::Error,
    jsonrpc::{Notification, Request, RequestId, encode},
    model::ServerCapabilities,
    version::ProtocolVersion,
};

use super::{
    lone::{lone_visit, without_changes},
    session::{Session, Visit},
    sessions::{Refused, keep_swept, session_id},
};
use crate::{
    era::{
        Eras, answer,
        http_call::HttpCall,
        named::{Named, SESSION_ID},
        post::{Decided, whole},
    },
    http::{Accepted, Refusal, Reply, Single, accepted, busy, json},
};

/// Decides what becomes of a request.
pub(in crate::era) fn post(
    eras: &Arc<Eras>,
    parts: Parts,
    request: Request,
    accepts: Accepted,
) -> Result<Decided, Refusal> {
    let named = Named::of(&parts.headers);
    let Request { id, method, params } = request;
    let refuse = |status, error: &Error| Ok(Decided::Answered(json(status, answer::error(LAST, Some(&id), error))));
    if let Err(error) = check_version(eras, &named) {
        return refuse(StatusCode::BAD_REQUEST, &error);
    }
    let asked = read_request(&method, &params, eras.engine.limits.handshake_bytes);
    if method == "initialize" {
        return match asked {
            Ok(LegacyRequest::Initialize(_)) if !matches!(named.session, Single::Absent) => {
                let text = "this session is initialized already: send `initialize` without a session id";
                refuse(StatusCode::BAD_REQUEST, &Error::invalid_request(text))
            }
            Ok(LegacyRequest::Initialize(handshake)) => Ok(Decided::Answered(open(eras, &id, *handshake, accepts))),
            Ok(_) => refuse(StatusCode::BAD_REQUEST, &Error::method_not_found(&method)),
            Err(error) => refuse(StatusCode::BAD_REQUEST, &error),
        };
    }
    let visit = match enter(eras, &named) {
        Ok(visit) => visit,
        Err(Absent { status, error }) => return refuse(status, &error),
    };
    match asked {
        Ok(LegacyRequest::Call { request, progress_token }) => {
            let metadata = CallMetadata::new(params).with_http(parts.headers, parts.extensions);
            let call = Call::new(request, visit.caller.clone()).with_metadata(metadata);
            HttpCall::new(eras, call, id, progress_token, accepts).map(|call| Decided::InSession(call, visit))
        }
        Ok(LegacyRequest::Ping | LegacyRequest::Initialize(_)) => Ok(Decided::Answered(done(&id, accepts))),
        Ok(LegacyRequest::Subscribe { uri }) if may_watch(eras) => {
            let metadata = CallMetadata::new(params).with_http(parts.headers, parts.extensions);
            Ok(Decided::Answered(match visit.watch(&eras.engine, &uri, metadata) {
                Ok(()) => done(&id, accepts),
                Err(error) => whole(accepts, answer::error(visit.caller.version(), Some(&id), &error)),
            }))
        }
        Ok(LegacyRequest::Unsubscribe { uri }) if may_watch(eras) => {
            visit.unwatch(&eras.engine, &uri);
            Ok(Decided::Answered(done(&id, accepts)))
        }
        Ok(LegacyRequest::SetLevel(level)) if eras.has_sessions() && eras.engine.logging.is_some() => {
            visit.caller.set_log_level(level);
            Ok(Decided::Answered(done(&id, accepts)))
        }
        // Of capabilities that are not declared.
        Ok(LegacyRequest::Subscribe { .. } | LegacyRequest::Unsubscribe { .. } | LegacyRequest::SetLevel(_)) => {
            let error = Error::method_not_found(&method);
            Ok(Decided::Answered(whole(accepts, answer::error(visit.caller.version(), Some(&id), &error))))
        }
        Err(error) => Ok(Decided::Answered(whole(accepts, answer::error(visit.caller.version(), Some(&id), &error)))),
    }
}

fn may_watch(eras: &Eras) -> bool {
    eras.has_sessions() && eras.engine.registries.resources.is_declared()
}

/// The answer that says nothing but that it was done.
fn done(id: &RequestId, accepts: Accepted) -> Reply {
    let mut frame = Vec::new();
    encode::response(&mut frame, id, |out| out.extend_from_slice(b"{}"));
    whole(accepts, frame.into())
}

/// Answers the handshake (LIFE-002) and opens a session (HTTPL-026), if there are to be any.
fn open(eras: &Arc<Eras>, id: &RequestId, handshake: Handshake, accepts: Accepted) -> Reply {
    let engine = &eras.engine;
    let Some(version) = negotiate(&handshake.requested, &engine.versions) else {
        let error = unsupported_version(&handshake.requested, &engine.versions);
        return json(StatusCode::BAD_REQUEST, answer::error(LAST, Some(id), &error));
    };
    let welcome = |capabilities: &ServerCapabilities| {
        let mut frame = Vec::with_capacity(512);
        encode::response(&mut frame, id, |out| {
            let instructions = engine.instructions.as_deref();
            write_initialize_result(out, version, &engine.info, capabilities, instructions);
        });
        whole(accepts, frame.into())
    };
    if !eras.has_sessions() {
        return welcome(&without_changes(engine.capabilities_in_sessions()));
    }
    let caller = handshake.into_caller(version).with_log_level(engine.log_level_of_sessions());
    let session = Session::new(caller, engine);
    let session_id = match eras.sessions.open(session) {
        Ok(session_id) => session_id,
        Err(Refused::Full) => return busy(Some(id)),
        Err(Refused::NoRandom) => {
            let error = Error::internal("the system gave no random bytes for a session id");
            return json(StatusCode::INTERNAL_SERVER_ERROR, answer::error(LAST, Some(id), &error));
        }
    };
    keep_swept(eras);
    let mut reply = welcome(&engine.capabilities_in_sessions());
    if let Ok(value) = HeaderValue::from_str(&session_id) {
        reply.headers_mut().insert(&SESSION_ID, value);
    }
    reply
}

/// Takes a notification: 202 without a body (HTTPL-003).
pub(in crate::era) fn notified(eras: &Arc<Eras>, named: &Named<'_>, notification: &Notification) -> Reply {
    if let Err(error) = check_version(eras, named) {
        return json(StatusCode::BAD_REQUEST, answer::error(LAST, None, &error));
    }
    let visit = match enter(eras, named) {
        Ok(visit) => visit,
        Err(absent) => return absent.into_reply(),
    };
    match notification.method.as_str() {
        "notifications/initialized" => visit.attach(&eras.engine),
        "notifications/cancelled" => {
            if let Some(id) = read_cancelled(&notification.params) {
                tracing::debug!(%id, reason = notification.params.text("reason").as_deref(), "the peer cancels a request");
                visit.inflight.cancel(&id);
            }
        }
        other => tracing::debug!(method = other, "a notification is ignored"),
    }
    accepted()
}

/// Takes a response. This server asks nothing, so it answers nothing; in a session it is harmless (HTTPL-003),
/// outside of one it is a mistake (HTTPM-008).
pub(in crate::era) fn responded(eras: &Arc<Eras>, named: &Named<'_>) -> Reply {
    if let Err(error) = check_version(eras, named) {
        return json(StatusCode::BAD_REQUEST, answer::error(LAST, None, &error));
    }
    match enter(eras, named) {
        Ok(_) => accepted(),
        Err(absent) => absent.into_reply(),
    }
}

/// Checks the version header where there is one (HTTPL-035, HTTPL-036).
pub(super) fn check_version(eras: &Eras, named: &Named<'_>) -> Result<(), Error> {
    let Some(named) = named.version_text() else { return Ok(()) };
    let served = &eras.engine.versions;
    match named.parse::<ProtocolVersion>() {
        Ok(version) if Era::of(version) == Era::Legacy && (served.contains(&version) || version == ASSUMED) => Ok(()),
        _ => Err(unsupported_version(named, served)),
    }
}

/// There is no session that a request could belong to.
pub(super) struct Absent {
    status: StatusCode,
    error: Error,
}

impl Absent {
    /// For what is no request, and has no id to answer to.
    pub(super) fn into_reply(self) -> Reply {
        json(self.status, answer::error(LAST, None, &self.error))
    }
}

/// The session that the headers name (HTTPL-028, HTTPL-029).
pub(super) fn enter(eras: &Eras, named: &Named<'_>) -> Result<Visit, Absent> {
    if !eras.engine.limits.http_sessions && eras.serves(Era::Legacy) {
        return Ok(lone_visit(&eras.engine, named));
    }
    let absent = |status, text: String| Absent { status, error: Error::invalid_request(text) };
    if matches!(named.session, Single::Absent) {
        let text = format!(
            "the header Mcp-Session-Id is missing: send `initialize` first, and its session id with every request; \
             a request without a session names its version in `params._meta[\"{}\"]`",
            keys::VERSION
        );
        return Err(absent(StatusCode::BAD_REQUEST, text));
    }
    let Some(id) = session_id(named) else {
        return Err(absent(StatusCode::BAD_REQUEST, "the header Mcp-Session-Id is not one session id".into()));
    };
    match eras.sessions.get(id) {
        Some(session) => Ok(session.visit()),
        None => {
            let text = "there is no such session: send `initialize` to open a new one";
            Err(absent(StatusCode::NOT_FOUND, text.into()))
        }
    }
}
