//! Which resources a peer may watch, and of which it is told.

use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicBool, Ordering},
};

use mcp_core::{
    call::{CallMetadata, Caller},
    error::Error,
    sync::lock,
    uri::normal,
};

use crate::{
    budget::Held,
    engine::Engine,
    handler::Viewer,
    limits::Limits,
    notifier::{Attachment, NotWatched, WatchLimits},
    refusal_log::RefusalKind,
};

/// What one who watches may know of. Asked whenever an event is sent, because that changes.
pub(super) struct Sight {
    engine: Weak<Engine>,
    caller: Arc<Caller>,
    /// Whether its session is over: then nothing that waits is for whoever reads now.
    has_ended: AtomicBool,
    /// Of the last request that began to watch.
    metadata: Mutex<Arc<CallMetadata>>,
    /// Its place among what is kept, if it is not counted with its stream.
    kept: Mutex<Option<Held>>,
}

impl Sight {
    pub(super) fn new(engine: &Arc<Engine>, caller: Arc<Caller>, metadata: CallMetadata) -> Arc<Self> {
        let metadata = Mutex::new(Arc::new(metadata));
        let (engine, has_ended) = (Arc::downgrade(engine), AtomicBool::new(false));
        Arc::new(Self { engine, caller, has_ended, metadata, kept: Mutex::default() })
    }

    /// What came with a newer request, as it may be kept.
    ///
    /// # Errors
    ///
    /// If there is no room to keep it.
    pub(super) fn keep(engine: &Engine, metadata: CallMetadata) -> Result<(CallMetadata, Held), Error> {
        let metadata = metadata.into_kept();
        let held = engine.kept.take(metadata.kept_bytes()).ok_or_else(|| too_much_kept(engine))?;
        Ok((metadata, held))
    }

    /// From now on, decides by what came with a newer request.
    pub(super) fn renew(&self, (metadata, held): (CallMetadata, Held)) {
        let replaced = std::mem::replace(&mut *self.lock(), Arc::new(metadata));
        drop(replaced);
        lock(&self.kept).replace(held);
    }

    /// The session is over.
    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::Release);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    /// Whether the resource is there for the one who watches.
    pub(super) fn includes(&self, uri: &str) -> bool {
        let Some(engine) = self.engine.upgrade() else { return false };
        let resources = &engine.registries.resources;
        if !resources.has_hidden() {
            return true;
        }
        // Conditions are users' code, which runs without the lock.
        let metadata = self.lock().clone();
        resources.may_hear_of(uri, &Viewer::new(&self.caller, &metadata))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Arc<CallMetadata>> {
        lock(&self.metadata)
    }
}

/// Watches one more resource for a session.
pub(super) fn watch(events: &Attachment, uri: &str, engine: &Engine) -> Result<(), Error> {
    let limits = &engine.limits;
    check_watched_uri(limits, uri)?;
    let room =
        WatchLimits { resources: limits.watched_resources, bytes: limits.watched_bytes, kept: Some(&engine.kept) };
    events.watch(uri, room).map_err(|reason| match reason {
        NotWatched::TooMany => too_many_watched(limits),
        NotWatched::TooLarge => too_much_watched(limits),
        NotWatched::NoRoom => too_much_kept(engine),
    })
}

/// Holds what one stream is to watch to its bounds.
pub(super) fn check_watched(limits: &Limits, uris: &[String]) -> Result<(), Error> {
    if uris.len() > limits.watched_resources {
        return Err(too_many_watched(limits));
    }
    if uris.iter().map(|uri| WatchLimits::cost(uri)).sum::<usize>() > limits.watched_bytes {
        return Err(too_much_watched(limits));
    }
    uris.iter().try_for_each(|uri| check_watched_uri(limits, uri))
}

/// Refuses what would take too much room.
fn check_watched_uri(limits: &Limits, uri: &str) -> Result<(), Error> {
    let max = limits.watched_uri_bytes;
    if uri.len() <= max {
        return Ok(());
    }
    Err(Error::invalid_params(format!("the URI is too long to be watched: at most {max} bytes")))
}

/// Room for what a stream keeps for as long as it is open.
///
/// # Errors
///
/// If there is none.
pub(super) fn keep(engine: &Engine, caller: &Caller, metadata: &CallMetadata, uris: &[String]) -> Result<Held, Error> {
    let watched: usize = uris.iter().map(|uri| WatchLimits::kept(&normal(uri), uri)).sum();
    let bytes = watched + caller.kept_bytes() + metadata.kept_bytes();
    engine.kept.take(bytes).ok_or_else(|| too_much_kept(engine))
}

#[cold]
fn too_much_kept(engine: &Engine) -> Error {
    engine.refusals.tell_full(RefusalKind::Memory, "a stream or subscription", "kept_bytes", engine.limits.kept_bytes);
    Error::internal("the server keeps as much for its clients as it may: try again later")
}

fn too_many_watched(limits: &Limits) -> Error {
    let max = limits.watched_resources;
    Error::invalid_params(format!("at most {max} resources can be watched at once: unsubscribe from some"))
}

fn too_much_watched(limits: &Limits) -> Error {
    let max = limits.watched_bytes;
    Error::invalid_params(format!(
        "the URIs that are watched take too much room, at most {max} bytes: unsubscribe from some"
    ))
}
