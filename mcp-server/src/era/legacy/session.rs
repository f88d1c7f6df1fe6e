//! One session over HTTP: what the handshake agreed on, and what is going on since.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use mcp_core::{
    call::{CallMetadata, Caller},
    error::Error,
};
use tokio::time::Instant;

use crate::{
    engine::Engine,
    era::{
        inflight::Inflight,
        sink::{EventSink, StreamWriter},
        watched::{Sight, watch},
    },
    notifier::{Attachment, Interest},
    outbox::Outbox,
};

/// A live session.
pub(in crate::era) struct Session {
    pub(super) caller: Arc<Caller>,
    pub(in crate::era) inflight: Arc<Inflight>,
    /// What belongs to no request: it waits for the stream that a GET opens.
    pub(super) outbox: Outbox,
    events: Mutex<Option<Attachment>>,
    sight: Arc<Sight>,
    born: Instant,
    /// Milliseconds from birth to the last traffic.
    last_seen: AtomicU64,
    /// Requests and streams that are open.
    open: AtomicUsize,
}

/// Keeps a session from being idle while a request or stream of it is open.
pub(in crate::era) struct Visit {
    session: Arc<Session>,
}

impl Session {
    pub(super) fn new(caller: Caller, engine: &Arc<Engine>) -> Self {
        let caller = Arc::new(caller);
        Self {
            sight: Sight::new(engine, caller.clone(), CallMetadata::default()),
            caller,
            inflight: Arc::default(),
            outbox: Outbox::new(&engine.limits),
            events: Mutex::new(None),
            born: Instant::now(),
            last_seen: AtomicU64::new(0),
            open: AtomicUsize::new(0),
        }
    }

    /// Begins to collect the events that clients hear of without asking. Once is enough.
    pub(super) fn attach(&self, engine: &Engine) {
        self.with_events(engine, |_| ());
    }

    /// Tells of one more resource when it changes (RES-014).
    pub(super) fn watch(&self, engine: &Engine, uri: &str, metadata: CallMetadata) -> Result<(), Error> {
        self.sight.renew(metadata);
        self.with_events(engine, |events| watch(events, uri, &engine.limits))
    }

    /// Tells of it no more.
    pub(super) fn unwatch(&self, engine: &Engine, uri: &str) {
        self.with_events(engine, |events| events.unwatch(uri));
    }

    fn with_events<R>(&self, engine: &Engine, then: impl FnOnce(&Attachment) -> R) -> R {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let attach = || {
            let writer = StreamWriter { version: self.caller.version(), sight: Some(self.sight.clone()) };
            let sink = EventSink::new(self.outbox.clone(), writer);
            engine.notifier.attach(&Interest::all_lists(), Arc::new(sink))
        };
        then(events.get_or_insert_with(attach))
    }

    /// Notes a request or stream as open until the visit is dropped.
    pub(super) fn visit(self: &Arc<Self>) -> Visit {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.touch();
        Visit { session: self.clone() }
    }

    fn touch(&self) {
        let age = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_seen.store(age, Ordering::Relaxed);
    }

    /// Whether the session has been idle, or alive, for too long.
    pub(super) fn is_expired(&self, idle: Duration, max: Duration) -> bool {
        let age = self.born.elapsed();
        let seen = Duration::from_millis(self.last_seen.load(Ordering::Relaxed));
        age >= max || (self.open.load(Ordering::Relaxed) == 0 && age.saturating_sub(seen) >= idle)
    }

    /// Ends it: its calls are cancelled and its stream closes.
    pub(super) fn end(&self) {
        self.inflight.cancel_all();
        self.outbox.close();
        self.events.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.session.touch();
        self.session.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl std::ops::Deref for Visit {
    type Target = Arc<Session>;

    fn deref(&self) -> &Arc<Session> {
        &self.session
    }
}
