//! Which resources a peer may watch.

use mcp_core::error::Error;

use crate::{limits::Limits, notifier::Attachment};

/// Watches one more resource for a session (RES-014).
pub(super) fn watch(events: &Attachment, uri: &str, limits: &Limits) -> Result<(), Error> {
    check_watched_uri(limits, uri)?;
    if events.watch(uri, limits.watched_resources) { Ok(()) } else { Err(too_many_watched(limits)) }
}

/// Refuses what would take too much room.
pub(super) fn check_watched_uri(limits: &Limits, uri: &str) -> Result<(), Error> {
    let max = limits.watched_uri_bytes;
    if uri.len() <= max {
        return Ok(());
    }
    Err(Error::invalid_params(format!("the URI is too long to be watched: at most {max} bytes")))
}

pub(super) fn too_many_watched(limits: &Limits) -> Error {
    let max = limits.watched_resources;
    Error::invalid_params(format!("at most {max} resources can be watched at once: unsubscribe from some"))
}
