//! What a server of this era reports. It acknowledges no subscription, but it has declared what it can say.

use mcp_core::model::ServerCapabilities;

use crate::changes::Changes;

/// What a server with these capabilities reports of what is wanted: only what was negotiated may be used (2025-11-25,
/// lifecycle, *Operation*).
pub(super) fn declared(wanted: &Changes, capabilities: &ServerCapabilities) -> Changes {
    let resources = capabilities.resources.unwrap_or_default();
    let mut changes = Changes::none();
    if wanted.wants_tools() && capabilities.tools.is_some_and(|tools| tools.list_changed) {
        changes = changes.tools();
    }
    if wanted.wants_prompts() && capabilities.prompts.is_some_and(|prompts| prompts.list_changed) {
        changes = changes.prompts();
    }
    if wanted.wants_resources() && resources.list_changed {
        changes = changes.resources();
    }
    let uris = if resources.subscribe { wanted.uris() } else { &[] };
    uris.iter().fold(changes, Changes::resource)
}
