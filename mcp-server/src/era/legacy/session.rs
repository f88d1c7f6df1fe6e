//! One session, on a pipe or over HTTP: what the handshake agreed on, and what is going on since.

use std::sync::{Arc, Mutex, MutexGuard, atomic::AtomicI64};

use mcp_core::{
    call::{CallMetadata, Caller},
    error::Error,
    jsonrpc::Response,
    model::ServerNotification,
    peer::Pending,
    sink::Published,
    sync::lock,
};

use tokio::sync::Notify;

use crate::{
    engine::Engine,
    era::{
        inflight::Inflight,
        sink::{EventSink, StreamWriter},
        watch::{Sight, watch},
    },
    notifier::{Attachment, Interest},
    outbox::Outbox,
};

pub(in crate::era) struct Session {
    pub(in crate::era) caller: Arc<Caller>,
    /// The calls that it can cancel.
    pub(in crate::era) inflight: Arc<Inflight>,
    /// What the server has asked the client.
    pub(in crate::era) pending: Arc<Pending>,
    /// Held by whoever takes events out of the outbox to keep them, or takes over from another.
    #[cfg(feature = "http")]
    pub(super) turn: Arc<crate::http::Turn>,
    /// Told when the client is asked.
    pub(in crate::era) asked: Notify,
    /// What belongs to no request: over HTTP it waits for the stream that a GET opens.
    pub(in crate::era) outbox: Outbox,
    /// `None` before the client is ready to hear of events, and in a session that nobody can enter again.
    events: Mutex<Hearing>,
    sight: Arc<Sight>,
}

enum Hearing {
    /// The client has not said that it is ready.
    NotYet,
    Heard(Attachment, u64),
    /// There is no stream on which they could be heard.
    Never,
}

/// Counts what all clients are asked: no two sessions of a pipe use an id twice.
static ASKED: AtomicI64 = AtomicI64::new(0);

impl Session {
    /// A session whose events go to `outbox`.
    pub(in crate::era) fn new(engine: &Arc<Engine>, caller: Arc<Caller>, outbox: Outbox) -> Self {
        Self::with_events(engine, caller, outbox, Hearing::NotYet)
    }

    /// A session that nobody can enter again.
    #[cfg(feature = "http")]
    pub(super) fn of_one_request(engine: &Arc<Engine>, caller: Arc<Caller>) -> Self {
        Self::with_events(engine, caller, engine.outbox(), Hearing::Never)
    }

    fn with_events(engine: &Arc<Engine>, caller: Arc<Caller>, outbox: Outbox, events: Hearing) -> Self {
        let sight = Sight::new(engine, caller.clone(), CallMetadata::default());
        let pending = Pending::counting(engine.limits.asks_per_session, &ASKED);
        Self {
            caller,
            inflight: Arc::default(),
            pending,
            asked: Notify::new(),
            #[cfg(feature = "http")]
            turn: Arc::default(),
            outbox,
            events: Mutex::new(events),
            sight,
        }
    }

    /// What its client may hear of, and for how long.
    pub(in crate::era) fn sight(&self) -> Arc<Sight> {
        self.sight.clone()
    }

    /// Whether what the client says now is known when it comes again.
    pub(super) fn is_kept(&self) -> bool {
        !matches!(*self.events(), Hearing::Never)
    }

    /// Begins to collect the events that clients hear of without asking. Once is enough.
    pub(in crate::era) fn attach(&self, engine: &Engine) {
        self.with_attachment(engine, |_, _| ());
    }

    /// Tells this session alone of an event, in its turn with those that everybody hears of.
    pub(super) fn tell(&self, event: ServerNotification) {
        if let Hearing::Heard(_, source) = *self.events() {
            let writer = StreamWriter { version: self.caller.version(), sight: Some(self.sight.clone()) };
            // A stream that is gone hears of nothing.
            let _ = self.outbox.push_event(source, &Arc::new(Published::new(event)), &Arc::new(writer));
        }
    }

    /// Tells of one more resource when it changes (2025-11-25, server/resources, "Subscriptions"). Which of them the
    /// client may know of is decided by what came with its newest subscription.
    pub(super) fn watch(&self, engine: &Engine, uri: &str, metadata: CallMetadata) -> Result<(), Error> {
        let newer = Sight::keep(engine, metadata)?;
        self.with_attachment(engine, |events, _| watch(events, uri, engine)).unwrap_or(Ok(()))?;
        self.sight.renew(newer);
        Ok(())
    }

    /// Tells of it no more.
    pub(super) fn unwatch(&self, engine: &Engine, uri: &str) {
        let forgotten = self.with_attachment(engine, |events, source| Some((source, events.unwatch(uri)?)));
        // What waits of it is for nobody; over HTTP it could wait for as long as the session lives.
        if let Some((source, spelling)) = forgotten.flatten() {
            self.outbox.forget_change(source, &spelling);
        }
    }

    fn with_attachment<R>(&self, engine: &Engine, then: impl FnOnce(&Attachment, u64) -> R) -> Option<R> {
        let mut events = self.events();
        if matches!(*events, Hearing::NotYet) {
            let writer = StreamWriter { version: self.caller.version(), sight: Some(self.sight.clone()) };
            let sink = EventSink::new(self.outbox.clone(), writer);
            let source = sink.source();
            *events = Hearing::Heard(engine.notifier.attach(&Interest::all_lists(), Arc::new(sink)), source);
        }
        match &*events {
            Hearing::Heard(attachment, source) => Some(then(attachment, *source)),
            Hearing::NotYet | Hearing::Never => None,
        }
    }

    /// Hands a response to whoever asked; one that nobody waits for is left.
    pub(in crate::era) fn answered(&self, response: Response) {
        let Response { id, outcome } = response;
        if !id.is_some_and(|id| self.pending.settle(&id, outcome)) {
            tracing::debug!("a response to nothing is ignored");
        }
    }

    /// Ends it: its calls are cancelled, and it hears of nothing any more.
    pub(in crate::era) fn end(&self) {
        self.inflight.close();
        self.pending.close();
        self.sight.end();
        let events = std::mem::replace(&mut *self.events(), Hearing::Never);
        drop(events);
    }

    fn events(&self) -> MutexGuard<'_, Hearing> {
        lock(&self.events)
    }
}
