//! What this era keeps for one server, and how it answers.

use std::sync::Arc;
#[cfg(feature = "http")]
use std::sync::atomic::AtomicBool;

#[cfg(feature = "http")]
use http::StatusCode;
use mcp_core::{call::Outcome, era::legacy, error::Error, jsonrpc::RequestId, version::ProtocolVersion};

#[cfg(feature = "http")]
use super::sessions::Sessions;
use crate::{engine::Engine, era::render::Words};

pub(in crate::era) struct Legacy {
    pub(in crate::era) engine: Arc<Engine>,
    #[cfg(feature = "http")]
    pub(super) sessions: Sessions,
    /// Whether a task ends the sessions that nobody uses.
    #[cfg(feature = "http")]
    pub(super) is_swept: AtomicBool,
}

impl Legacy {
    pub(in crate::era) fn new(engine: Arc<Engine>) -> Self {
        Self {
            #[cfg(feature = "http")]
            sessions: Sessions::new(&engine.limits, &engine.kept),
            #[cfg(feature = "http")]
            is_swept: AtomicBool::new(false),
            engine,
        }
    }

    /// Whether clients over HTTP may have sessions.
    #[cfg(feature = "http")]
    pub(in crate::era) fn has_sessions(&self) -> bool {
        self.engine.limits.http_sessions
    }
}

impl Words for Legacy {
    fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    fn write_answer(
        &self,
        out: &mut Vec<u8>,
        version: ProtocolVersion,
        id: &RequestId,
        answer: &Result<Outcome, Error>,
    ) {
        legacy::write_answer(out, id, answer, version);
    }

    fn write_error(&self, out: &mut Vec<u8>, version: Option<ProtocolVersion>, id: &RequestId, error: &Error) {
        legacy::write_error(out, Some(id), error, version.unwrap_or(legacy::LAST));
    }

    /// Who has a session is answered: whatever went wrong stands in the message.
    #[cfg(feature = "http")]
    fn status(&self, _: &Error, is_early: bool) -> StatusCode {
        if is_early { StatusCode::BAD_REQUEST } else { StatusCode::OK }
    }
}
