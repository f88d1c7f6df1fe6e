//! `initialize`: what the two sides agree on, and how the client is told.

use std::sync::Arc;

use mcp_core::{
    call::Principal,
    era::{
        legacy::{Handshake, negotiate, write_initialize_result},
        modern::unsupported_version,
    },
    error::Error,
    jsonrpc::{RequestId, encode},
    model::ServerCapabilities,
};

use super::Legacy;
use crate::era::step::Step;

impl Legacy {
    /// Answers the handshake (2025-11-25, basic/lifecycle, "Version Negotiation"). The session with the caller that it
    /// names is for the transport to open. What is offered depends on whether there will be one.
    ///
    /// # Errors
    ///
    /// If no revision of this era is served.
    pub(super) fn shake_hands(
        &self,
        id: &RequestId,
        handshake: Handshake,
        principal: Option<&Principal>,
        offered: impl FnOnce(ServerCapabilities) -> ServerCapabilities,
    ) -> Result<Step, Error> {
        let engine = &self.engine;
        let version = negotiate(&handshake.requested, &engine.versions)
            .ok_or_else(|| unsupported_version(&handshake.requested, &engine.versions))?;
        let mut frame = Vec::with_capacity(512);
        encode::response(&mut frame, id, |out| {
            let capabilities = offered(engine.capabilities_in_sessions());
            write_initialize_result(out, version, &engine.info, &capabilities, engine.instructions.as_deref());
        });
        let caller = handshake
            .into_caller(version)
            .with_log_level(engine.log_level_of_sessions())
            .with_principal(principal.cloned());
        Ok(Step::Open(Arc::new(caller), frame.into()))
    }
}
