//! Serving without sessions: the client keeps no id, and every request is a visit of its own.

use std::sync::Arc;

use mcp_core::{
    call::Caller,
    era::legacy::ASSUMED,
    model::{ClientCapabilities, ServerCapabilities},
    version::ProtocolVersion,
};

use super::session::{Session, Visit};
use crate::{engine::Engine, era::named::Named};

/// A session that nobody can enter again. Its caller is known by the version header alone (HTTPL-035), and has declared
/// nothing.
pub(super) fn lone_visit(engine: &Arc<Engine>, named: &Named<'_>) -> Visit {
    let version: ProtocolVersion = named.version_text().and_then(|version| version.parse().ok()).unwrap_or(ASSUMED);
    Arc::new(Session::new(Caller::new(version, ClientCapabilities::default()), engine)).visit()
}

/// What can be offered without sessions: there is no stream on which changes could be told (CAP-002), and nothing that
/// remembers a level (LOG-008).
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
