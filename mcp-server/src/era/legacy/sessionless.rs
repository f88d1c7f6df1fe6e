//! Serving over HTTP without sessions: the client keeps no id, and every request stands alone.

use std::sync::Arc;

use mcp_core::{
    call::{Caller, Principal},
    era::legacy::ASSUMED,
    model::{ClientCapabilities, ServerCapabilities},
    version::ProtocolVersion,
};

use super::Session;
use crate::engine::Engine;

/// The session of one request. Its caller is known by the version header alone (2025-06-18, basic/transports, "Protocol
/// Version Header"), and has declared nothing.
pub(super) fn session_of_one_request(
    engine: &Arc<Engine>,
    version: Option<&str>,
    principal: Option<&Principal>,
) -> Arc<Session> {
    let version: ProtocolVersion = version.and_then(|version| version.parse().ok()).unwrap_or(ASSUMED);
    let caller = Caller::new(version, ClientCapabilities::default()).with_principal(principal.cloned());
    Arc::new(Session::of_one_request(engine, Arc::new(caller)))
}

/// What can be offered without sessions: there is no stream on which changes could be told, and nothing that remembers a
/// level.
pub(super) fn without_changes(mut capabilities: ServerCapabilities) -> ServerCapabilities {
    for lists in [&mut capabilities.tools, &mut capabilities.prompts].into_iter().flatten() {
        lists.list_changed = false;
    }
    if let Some(resources) = &mut capabilities.resources {
        resources.list_changed = false;
        resources.subscribe = false;
    }
    capabilities.logging = None;
    capabilities
}
