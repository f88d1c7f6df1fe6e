//! From the headers of a message to its session.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode};
use mcp_core::{
    call::{Caller, Principal},
    era::{
        Era,
        legacy::ASSUMED,
        modern::{keys, unsupported_version},
    },
    error::{Error, ErrorKind, excerpt},
    jsonrpc::Request,
    model::ServerCapabilities,
    version::ProtocolVersion,
};

use super::{
    Legacy, Session,
    sessionless::{session_of_one_request, without_changes},
    sessions::{NotOpened, Visit, is_well_formed},
    sweeper::keep_swept,
};
use crate::{
    engine::Engine,
    era::{
        headers::{MessageHeaders, SESSION_ID},
        step::{Refused, Step},
        told::{span_of, tell_refused},
    },
    http::{Reply, Single, text_of},
    logging::Transport,
    refusal_log::RefusalKind,
};

/// There is no session that a message could belong to.
pub(in crate::era) struct Absent {
    pub(in crate::era) status: StatusCode,
    pub(in crate::era) error: Error,
}

/// Why no session opens for a client that shook hands.
pub(in crate::era) enum NoRoom {
    /// There are as many as there may be: later there is room.
    Full,
    Failed(Error),
}

impl Legacy {
    /// Checks the version header where there is one (2025-06-18, basic/transports, "Protocol Version Header").
    pub(super) fn check_version(&self, headers: &MessageHeaders<'_>) -> Result<(), Error> {
        let Some(named) = headers.version_text() else { return Ok(()) };
        let served = &self.engine.versions;
        match named.parse::<ProtocolVersion>() {
            Ok(version) if Era::of(version) == Era::Legacy && (served.contains(&version) || version == ASSUMED) => {
                Ok(())
            }
            _ => Err(unsupported_version(named, served)),
        }
    }

    /// Answers `initialize`, which opens a session. Where there are none, the id of one means nothing.
    ///
    /// # Errors
    ///
    /// If a session is named: it is initialized already, or gone (404), so that the client forgets it.
    pub(in crate::era) fn initialize(
        &self,
        headers: &MessageHeaders<'_>,
        principal: Option<&Principal>,
        request: &Request,
    ) -> Result<Result<Step, Refused>, Absent> {
        self.check_version(headers).map_err(Absent::bad_request)?;
        if self.has_sessions() && !matches!(headers.session, Single::Absent) {
            drop(self.find(headers, principal)?);
            let text = "this session is initialized already: send `initialize` without a session id";
            return Err(Absent::bad_request(Error::invalid_request(text)));
        }
        let has_sessions = self.has_sessions();
        let offered = |capabilities: ServerCapabilities| {
            if has_sessions { capabilities } else { without_changes(capabilities) }
        };
        Ok(self.before_session(request, principal, offered))
    }

    /// The session that the headers name. May have to ask elsewhere for it.
    ///
    /// # Errors
    ///
    /// If none is named, or there is none of that name for this principal (2025-11-25, basic/transports, "Session
    /// Management"; basic/security_best_practices, "Session Hijacking").
    pub(in crate::era) async fn enter(
        &self,
        headers: &HeaderMap,
        principal: Option<&Principal>,
    ) -> Result<Visit, Absent> {
        let headers = &MessageHeaders::of(headers);
        self.check_version(headers).map_err(Absent::bad_request)?;
        if self.has_sessions() {
            return self.find(headers, principal);
        }
        Ok(Visit::alone(session_of_one_request(&self.engine, headers.version_text(), principal)))
    }

    fn find(&self, headers: &MessageHeaders<'_>, principal: Option<&Principal>) -> Result<Visit, Absent> {
        let id = match headers.session {
            Single::Absent => return Err(Absent::unnamed()),
            Single::Once(id) => text_of(id).filter(|id| is_well_formed(id)),
            Single::Repeated => None,
        };
        let id = id.ok_or_else(Absent::misnamed)?;
        // Somebody else's session looks like one that is gone.
        self.sessions.visit(id, principal).ok_or_else(Absent::gone)
    }

    /// Opens a session for a client that shook hands, and names it in the answer. Nothing is kept of clients where there
    /// are no sessions.
    pub(in crate::era) fn open(self: &Arc<Self>, caller: Arc<Caller>, reply: &mut Reply) -> Result<(), NoRoom> {
        if !self.has_sessions() {
            return Ok(());
        }
        let session = Session::new(&self.engine, caller, self.engine.outbox());
        let Engine { limits, refusals, .. } = &*self.engine;
        let id = self.sessions.open(session).map_err(|reason| match reason {
            NotOpened::Full => {
                refusals.tell_full(RefusalKind::Sessions, "a session", "sessions", limits.sessions);
                NoRoom::Full
            }
            NotOpened::TooMuchKept => {
                refusals.tell_full(RefusalKind::Memory, "a session", "kept_bytes", limits.kept_bytes);
                NoRoom::Full
            }
            NotOpened::NoRandom => NoRoom::Failed(Error::internal("the system gave no random bytes for a session id")),
        })?;
        keep_swept(self);
        if let Ok(value) = HeaderValue::from_str(&id) {
            reply.headers_mut().insert(&SESSION_ID, value);
        }
        Ok(())
    }

    /// Ends the session that the headers name (2025-11-25, basic/transports, "Session Management").
    pub(super) fn end(&self, headers: &MessageHeaders<'_>) {
        if let Some(id) = headers.session_text() {
            self.sessions.end(id);
        }
    }
}

impl Absent {
    /// Tells whoever runs the server.
    #[cold]
    pub(in crate::era) fn tell(&self, engine: &Engine, request: Option<&Request>) {
        if self.error.kind() != ErrorKind::InvalidRequest {
            return tell_refused(engine, request, Transport::Http, &self.error);
        }
        let advice = if self.status == StatusCode::NOT_FOUND {
            "; it ended, was idle for longer than Limits::session_idle, or was opened by another process: a proxy in front of \
             several must send all requests of a session to one of them, or Limits::http_sessions be off"
        } else {
            ""
        };
        let message = excerpt(self.error.message());
        let span = || request.map_or_else(tracing::Span::none, |request| span_of(request, Transport::Http));
        engine.refusals.tell_in(RefusalKind::Session, span, format_args!("a request is refused: {message}{advice}"));
    }

    #[cold]
    fn bad_request(error: Error) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error }
    }

    #[cold]
    fn unnamed() -> Self {
        let key = keys::VERSION;
        Self::bad_request(Error::invalid_request(format!(
            "the header Mcp-Session-Id is missing: send `initialize` first, and its session id with every request; a \
             request without a session names its version in `params._meta[\"{key}\"]`"
        )))
    }

    #[cold]
    fn misnamed() -> Self {
        Self::bad_request(Error::invalid_request("the header Mcp-Session-Id is not one session id"))
    }

    #[cold]
    fn gone() -> Self {
        let text = "there is no such session: send `initialize` to open a new one";
        Self { status: StatusCode::NOT_FOUND, error: Error::invalid_request(text) }
    }
}
