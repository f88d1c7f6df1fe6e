//! Which resources a peer may watch.

use std::sync::Arc;

use mcp_core::{
    call::{CallMetadata, Caller},
    error::Error,
};

use crate::{
    engine::Engine,
    handler::Viewer,
    limits::Limits,
    notifier::{Attachment, Sight},
};

/// What a caller will be told of the resources it watches: at each change, those that it may know of then. Nothing
/// to ask if none has ever been hidden. `metadata` is of the request that begins to watch.
pub(super) fn sight(
    engine: &Arc<Engine>,
    caller: &Arc<Caller>,
    metadata: impl FnOnce() -> CallMetadata,
) -> Option<Sight> {
    if !engine.registries.resources.has_hidden() {
        return None;
    }
    let (engine, caller, metadata) = (Arc::downgrade(engine), caller.clone(), metadata());
    Some(Arc::new(move |uri| {
        let viewer = Viewer::new(&caller, &metadata);
        engine.upgrade().is_some_and(|engine| engine.registries.resources.may_hear_of(uri, &viewer))
    }))
}

/// Watches one more resource for a session (RES-014).
pub(super) fn watch(events: &Attachment, uri: &str, sight: Option<Sight>, limits: &Limits) -> Result<(), Error> {
    check_watched_uri(limits, uri)?;
    if events.watch(uri, sight, limits.watched_resources) { Ok(()) } else { Err(too_many_watched(limits)) }
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
