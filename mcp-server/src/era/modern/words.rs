//! What this era keeps for one server, and how it answers.

use std::sync::Arc;

#[cfg(feature = "http")]
use http::StatusCode;
use mcp_core::{
    call::Outcome,
    era::{
        Era,
        modern::{self, Stamp},
    },
    error::Error,
    jsonrpc::RequestId,
    version::ProtocolVersion,
};

use crate::{engine::Engine, era::render::Words};

pub(in crate::era) struct Modern {
    pub(in crate::era) engine: Arc<Engine>,
    pub(super) stamp: Stamp,
    /// The newest revision that is served: errors are written for it where it is not known which the peer speaks.
    newest: ProtocolVersion,
}

impl Modern {
    pub(in crate::era) fn new(engine: Arc<Engine>) -> Self {
        let newest = Era::Modern.select(&engine.versions).max().unwrap_or(modern::FIRST);
        Self { stamp: Stamp::new(&engine.info), newest, engine }
    }
}

impl Words for Modern {
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
        modern::write_answer(out, id, answer, version, &self.stamp);
    }

    fn write_error(&self, out: &mut Vec<u8>, version: Option<ProtocolVersion>, id: &RequestId, error: &Error) {
        modern::write_error(out, Some(id), error, version.unwrap_or(self.newest));
    }

    /// Failures of handlers are answers like any other (2026-07-28, basic/transports/streamable-http, "Sending Messages
    /// to the Server").
    #[cfg(feature = "http")]
    fn status(&self, error: &Error, is_early: bool) -> StatusCode {
        use mcp_core::error::ErrorKind;
        match error.kind() {
            ErrorKind::MethodNotFound => StatusCode::NOT_FOUND,
            ErrorKind::UnsupportedVersion | ErrorKind::HeaderMismatch | ErrorKind::MissingCapability => {
                StatusCode::BAD_REQUEST
            }
            _ if is_early => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        }
    }
}
