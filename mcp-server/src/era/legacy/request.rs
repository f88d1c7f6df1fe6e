//! What a request of this era leads to. Pipes and HTTP differ only in where its session comes from.

use std::sync::Arc;

use mcp_core::{
    call::{Call, CallMetadata, Principal},
    era::{
        Method,
        legacy::{LegacyRequest, read_cancelled, read_request},
        modern::{keys, unsupported_version},
    },
    error::{Error, shown},
    jsonrpc::{Notification, Params, Request, RequestId, encode},
    model::ServerCapabilities,
};

use super::{Legacy, Session};
use crate::era::step::{Refused, Run, Step};

impl Legacy {
    /// A request outside of a session: the handshake, a ping, or a mistake.
    pub(in crate::era) fn before_session(
        &self,
        request: &Request,
        principal: Option<&Principal>,
        offered: impl FnOnce(ServerCapabilities) -> ServerCapabilities,
    ) -> Result<Step, Refused> {
        match read_request(&request.method, &request.params, self.engine.limits.handshake_bytes)
            .map_err(Refused::early)?
        {
            LegacyRequest::Initialize(handshake) => {
                self.shake_hands(&request.id, *handshake, principal, offered).map_err(Refused::early)
            }
            LegacyRequest::Ping => Ok(done(&request.id)),
            _ => Err(Refused::early(self.not_opened(&request.params))),
        }
    }

    /// A request in a session. `metadata` is what came with it. Never part of who calls it: a call stands on the stack
    /// where this has stood.
    #[inline(never)]
    pub(in crate::era) fn in_session(
        &self,
        session: &Arc<Session>,
        request: Request,
        metadata: impl FnOnce(Params) -> CallMetadata,
    ) -> Result<Step, Refused> {
        let Request { id, method, params } = request;
        let refused = |error| Refused::from(error).to(session.caller.version());
        match read_request(&method, &params, self.engine.limits.handshake_bytes).map_err(refused)? {
            LegacyRequest::Call { request, progress_token } => {
                let call = Call::new(request, session.caller.clone()).with_metadata(metadata(params));
                Ok(Step::Run(Run { call, id, progress_token, late_check: None }))
            }
            other => {
                self.of_session(session, &method, other, || metadata(params)).map_err(refused)?;
                Ok(done(&id))
            }
        }
    }

    /// A request about its session, out of the way of calls.
    #[inline(never)]
    fn of_session(
        &self,
        session: &Arc<Session>,
        method: &str,
        request: LegacyRequest,
        metadata: impl FnOnce() -> CallMetadata,
    ) -> Result<(), Error> {
        let engine = &self.engine;
        let may_watch = session.is_kept() && engine.registries.resources.is_declared();
        match request {
            LegacyRequest::Ping => {}
            LegacyRequest::Subscribe { uri } if may_watch => session.watch(engine, &uri, metadata())?,
            LegacyRequest::Unsubscribe { uri } if may_watch => session.unwatch(engine, &uri),
            LegacyRequest::SetLevel(level) if session.is_kept() && engine.logging.is_some() => {
                session.caller.set_log_level(level);
            }
            // Of capabilities that are not declared, what belongs before the session, and calls, which are served elsewhere.
            LegacyRequest::Subscribe { .. }
            | LegacyRequest::Unsubscribe { .. }
            | LegacyRequest::SetLevel(_)
            | LegacyRequest::Initialize(_)
            | LegacyRequest::Call { .. } => return Err(Error::method_not_found(method)),
        }
        Ok(())
    }

    /// The answer to a request that belongs to no session. One that names its version is told which there are.
    fn not_opened(&self, params: &Params) -> Error {
        match params.peek_meta_text(keys::VERSION) {
            Some(version) => unsupported_version(&version, &self.engine.versions),
            None => Error::invalid_request("send `initialize` first"),
        }
    }

    /// A notification in a session.
    pub(in crate::era) fn notified(&self, session: &Session, notification: &Notification) {
        match Method::named(&notification.method) {
            Some(Method::Initialized) => session.attach(&self.engine),
            Some(Method::Cancelled) => {
                if let Some(id) = cancelled(notification) {
                    session.inflight.cancel(&id);
                }
            }
            _ => tracing::debug!(method = %shown(&notification.method), "a notification is ignored"),
        }
    }
}

/// Which request `notifications/cancelled` cancels.
pub(in crate::era) fn cancelled(notification: &Notification) -> Option<RequestId> {
    let id = read_cancelled(&notification.params)?;
    let reason = notification.params.text("reason");
    let reason = reason.as_deref().map(shown);
    tracing::debug!(id = %shown(&id.to_string()), reason = reason.as_deref(), "the peer cancels a request");
    Some(id)
}

/// The answer that says nothing but that it was done.
fn done(id: &RequestId) -> Step {
    let mut frame = Vec::with_capacity(64);
    encode::response(&mut frame, id, |out| out.extend_from_slice(b"{}"));
    Step::Answer(frame.into())
}
