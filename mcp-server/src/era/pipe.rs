//! One peer on a pipe: stdio, or another task of the same process. Both eras share it, message by message.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use mcp_core::{
    call::{Call, CallMetadata, CallNotifications, Caller},
    era::{
        Era,
        legacy::{self as old, LegacyRequest},
        modern::{self as new, Envelope, ListenFilter, ModernRequest},
    },
    error::Error,
    json::Text,
    jsonrpc::{self, Message, Notification, Params, Rejected, Request, RequestId, encode},
    model::ProgressToken,
    version::ProtocolVersion,
};
use tokio::sync::Semaphore;

use super::{
    Eras,
    answer::{early_error, error},
    inflight::{Inflight, Running},
    modern::{Listens, discover},
    on_pipe,
    sink::{EventSink, StreamWriter},
    watched::{Sight, watch},
};
use crate::{
    notifier::{Attachment, Interest},
    outbox::{Outbox, Permit, ReplySlot},
    router::CallFuture,
};

/// The state of one peer on a pipe. Taking a message in never waits: what may not run yet waits in a queue, and
/// cancels, pings and replies pass it.
pub(crate) struct PipeConnection {
    eras: Arc<Eras>,
    outbox: Outbox,
    places: Arc<Semaphore>,
    inflight: Arc<Inflight>,
    listens: Listens,
    session: Option<Session>,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    started: Vec<Started>,
}

/// How many calls are gathered before they are launched.
const GATHERED: usize = 64;

/// What a handshake on this pipe has opened.
struct Session {
    caller: Arc<Caller>,
    /// Set once the client says that it is ready, or subscribes.
    events: Option<Attachment>,
    sight: Arc<Sight>,
}

/// A call that has no place yet.
struct Waiting {
    call: Call,
    id: RequestId,
    bytes: usize,
}

/// A call that has its place, and is not polled yet.
struct Started {
    version: ProtocolVersion,
    running: Running,
    slot: ReplySlot,
    answer: CallFuture,
}

impl PipeConnection {
    pub(crate) fn new(eras: Arc<Eras>, outbox: Outbox) -> Self {
        let places = Arc::new(Semaphore::new(eras.engine.limits.calls_per_connection));
        Self {
            listens: Listens::new(outbox.clone()),
            eras,
            outbox,
            places,
            inflight: Arc::default(),
            session: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            started: Vec::new(),
        }
    }

    /// Whether more input may be taken in: too little of what came before is answered, or read.
    pub(crate) fn wants_input(&self) -> bool {
        let limits = &self.eras.engine.limits;
        self.waiting.len() < limits.waiting_requests
            && self.waiting_bytes < limits.waiting_bytes
            && !self.is_output_full()
    }

    /// Whether the peer must read before more of its requests are read.
    pub(crate) fn is_output_full(&self) -> bool {
        self.outbox.bytes() >= self.eras.engine.limits.waiting_bytes
    }

    /// Whether calls wait for a place.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// A place for the next call that waits. Cancel-safe.
    pub(crate) fn place(&self) -> impl Future<Output = Option<Permit>> + use<> {
        let places = self.places.clone();
        async move { places.acquire_owned().await.ok() }
    }

    /// Starts the call that has waited longest.
    pub(crate) fn start_waiting(&mut self, permit: Option<Permit>) {
        if let Some(Waiting { call, id, bytes }) = self.waiting.pop_front() {
            self.waiting_bytes -= bytes;
            self.start(call, id, permit);
            self.launch();
        }
    }

    /// Waits until no call is running. Cancel-safe.
    pub(crate) fn idle(&self) -> impl Future<Output = ()> + use<> {
        let inflight = self.inflight.clone();
        async move { inflight.idle().await }
    }

    /// Drops every call: nobody reads the answers.
    pub(crate) fn cancel_all(&mut self) {
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.inflight.cancel_all();
    }

    /// Ends the streams of events, each with its final messages (SUBS-011, CANC-003).
    pub(crate) fn end_streams(&mut self, reason: &str) {
        self.session = None;
        self.listens.end_all(&self.eras.stamp, reason);
    }

    /// Takes in a line that was too long: answered by its id if its beginning has one.
    pub(crate) fn receive_too_long(&mut self, head: &[u8]) {
        let max = self.eras.engine.limits.line_bytes;
        let error = Error::invalid_request(format!("the message is too large: at most {max} bytes are read"));
        self.outbox.push_reply(early_error(jsonrpc::recover_id(head).as_ref(), &error), None);
    }

    /// Takes in one frame.
    pub(crate) fn receive(&mut self, frame: &Bytes) {
        match jsonrpc::decode(frame, &self.eras.engine.limits.json()) {
            Ok(Message::Request(request)) => {
                let id = request.id.clone();
                if let Err((version, failure)) = self.request(request, frame.len()) {
                    self.outbox.push_reply(error(version, Some(&id), &failure), None);
                }
            }
            Ok(Message::Notification(notification)) => self.notification(&notification),
            // This server asks nothing, so nothing can be answered.
            Ok(Message::Response(_)) => tracing::debug!("a response to nothing is ignored"),
            Err(Rejected::Ignore { reason }) => tracing::debug!(reason, "a message is ignored"),
            Err(Rejected::Answer { id, error }) => self.outbox.push_reply(early_error(id.as_ref(), &error), None),
        }
    }

    fn request(&mut self, request: Request, bytes: usize) -> Result<(), (ProtocolVersion, Error)> {
        let Request { id, method, params } = request;
        match on_pipe(&method, &params, self.session.is_some()) {
            Ok(Era::Modern) => self.stateless(id, &method, params, bytes).map_err(|error| (new::FIRST, error)),
            Ok(Era::Legacy) => self.in_session(id, &method, params, bytes).map_err(|error| (old::LAST, error)),
            Err(error) => Err((new::FIRST, error)),
        }
    }

    /// A request that is complete in itself.
    fn stateless(&mut self, id: RequestId, method: &Text, params: Params, bytes: usize) -> Result<(), Error> {
        let mut envelope = Envelope::read(&params)?;
        let token = envelope.progress_token.take();
        let caller = envelope.into_caller(&self.eras.engine.versions)?;
        match new::read_request(method, &params, self.eras.engine.limits.watched_resources)? {
            ModernRequest::Discover => self.outbox.push_reply(discover(&self.eras, &id), None),
            ModernRequest::Listen(filter) => {
                let sight = Sight::new(&self.eras.engine, Arc::new(caller), CallMetadata::new(params));
                self.listen(id, &filter, sight)?;
            }
            ModernRequest::Call(request) => {
                let call = Call::new(request, Arc::new(caller)).with_metadata(CallMetadata::new(params));
                self.call(call, id, token, bytes);
            }
        }
        Ok(())
    }

    fn listen(&mut self, id: RequestId, filter: &ListenFilter, sight: Arc<Sight>) -> Result<(), Error> {
        let place = self.eras.engine.streams.take();
        let place = place.ok_or_else(|| Error::internal("too many streams are open: try again later"))?;
        self.listens.open(&self.eras.engine, id, filter, Some(sight), place)
    }

    /// A request of the session, or the one that opens it.
    fn in_session(&mut self, id: RequestId, method: &Text, params: Params, bytes: usize) -> Result<(), Error> {
        match old::read_request(method, &params, self.eras.engine.limits.handshake_bytes)? {
            LegacyRequest::Ping => self.reply(&id, |out| out.extend_from_slice(b"{}")),
            LegacyRequest::Initialize(_) if self.session.is_some() => {
                return Err(Error::invalid_request("this session is initialized already"));
            }
            LegacyRequest::Initialize(handshake) => {
                let engine = self.eras.engine.clone();
                let version = old::negotiate(&handshake.requested, &engine.versions)
                    .ok_or_else(|| new::unsupported_version(&handshake.requested, &engine.versions))?;
                self.reply(&id, |out| {
                    let instructions = engine.instructions.as_deref();
                    old::write_initialize_result(
                        out,
                        version,
                        &engine.info,
                        &engine.capabilities_in_sessions(),
                        instructions,
                    );
                });
                let caller = handshake.into_caller(version).with_log_level(engine.log_level_of_sessions());
                let caller = Arc::new(caller);
                let sight = Sight::new(&engine, caller.clone(), CallMetadata::default());
                self.session = Some(Session { caller, events: None, sight });
            }
            LegacyRequest::Subscribe { uri } if self.eras.engine.registries.resources.is_declared() => {
                let eras = self.eras.clone();
                self.session.as_ref().ok_or_else(no_session)?.sight.renew(CallMetadata::new(params));
                watch(self.events()?, &uri, &eras.engine.limits)?;
                self.reply(&id, |out| out.extend_from_slice(b"{}"));
            }
            LegacyRequest::Unsubscribe { uri } if self.eras.engine.registries.resources.is_declared() => {
                self.events()?.unwatch(&uri);
                self.reply(&id, |out| out.extend_from_slice(b"{}"));
            }
            LegacyRequest::SetLevel(level) if self.eras.engine.logging.is_some() => {
                let session = self.session.as_ref().ok_or_else(no_session)?;
                session.caller.set_log_level(level);
                self.reply(&id, |out| out.extend_from_slice(b"{}"));
            }
            // Of capabilities that are not declared.
            LegacyRequest::Subscribe { .. } | LegacyRequest::Unsubscribe { .. } | LegacyRequest::SetLevel(_) => {
                return Err(Error::method_not_found(method));
            }
            LegacyRequest::Call { request, progress_token } => {
                let caller = self.session.as_ref().map(|session| session.caller.clone());
                let caller = caller.ok_or_else(no_session)?;
                let call = Call::new(request, caller).with_metadata(CallMetadata::new(params));
                self.call(call, id, progress_token, bytes);
            }
        }
        Ok(())
    }

    fn notification(&mut self, notification: &Notification) {
        match notification.method.as_str() {
            // STDIO-012: no era is named, so both are searched.
            "notifications/cancelled" => {
                if let Some(id) = old::read_cancelled(&notification.params) {
                    let reason = notification.params.text("reason");
                    tracing::debug!(%id, reason = reason.as_deref(), "the peer cancels a request");
                    self.cancel(&id);
                }
            }
            "notifications/initialized" => {
                // Before a handshake it means nothing.
                let _ = self.events();
            }
            other => tracing::debug!(method = other, "a notification is ignored"),
        }
    }

    /// Where the session hears of events; from the first use on, it does.
    fn events(&mut self) -> Result<&Attachment, Error> {
        let session = self.session.as_mut().ok_or_else(no_session)?;
        let attach = || {
            let writer = StreamWriter { version: session.caller.version(), sight: Some(session.sight.clone()) };
            let sink = EventSink::new(self.outbox.clone(), writer);
            self.eras.engine.notifier.attach(&Interest::all_lists(), Arc::new(sink))
        };
        Ok(session.events.get_or_insert_with(attach))
    }

    fn cancel(&mut self, id: &RequestId) {
        let bytes = &mut self.waiting_bytes;
        self.waiting.retain(|waiting| {
            let keep = waiting.id != *id;
            *bytes -= if keep { 0 } else { waiting.bytes };
            keep
        });
        self.inflight.cancel(id);
        self.listens.cancel(id);
    }

    fn reply(&self, id: &RequestId, result: impl FnOnce(&mut Vec<u8>)) {
        let mut frame = Vec::with_capacity(128);
        encode::response(&mut frame, id, result);
        self.outbox.push_reply(frame.into(), None);
    }

    /// Starts a call, or lets it wait for a place.
    fn call(&mut self, call: Call, id: RequestId, token: Option<ProgressToken>, bytes: usize) {
        let has_events = token.is_some() || self.eras.engine.logs_to(&call.caller);
        let notifications = has_events.then(|| CallNotifications {
            progress_token: token,
            sink: Arc::new(EventSink::new(
                self.outbox.clone(),
                StreamWriter { version: call.caller.version(), sight: None },
            )),
        });
        let call = call.with_notifications(notifications);
        match self.places.clone().try_acquire_owned() {
            Ok(permit) if self.waiting.is_empty() => self.start(call, id, Some(permit)),
            _ => {
                self.waiting_bytes += bytes;
                self.waiting.push_back(Waiting { call, id, bytes });
            }
        }
    }

    fn start(&mut self, call: Call, id: RequestId, permit: Option<Permit>) {
        let version = call.caller.version();
        let running = self.inflight.enter(&id);
        let slot = ReplySlot::new(self.outbox.clone(), id, permit);
        let answer = self.eras.engine.handle(call);
        self.started.push(Started { version, running, slot, answer });
        if self.started.len() >= GATHERED {
            self.launch();
        }
    }

    /// Lets the calls run that were started, each as a task of its own, so that one that blocks delays no other. Many
    /// of them are handed to a worker of the runtime together: it is woken once, and not by every one.
    pub(crate) fn launch(&mut self) {
        if self.started.len() < 2 {
            self.started.drain(..).for_each(|call| call.launch(&self.eras));
            return;
        }
        let started = std::mem::replace(&mut self.started, Vec::with_capacity(GATHERED));
        let eras = self.eras.clone();
        self.eras.engine.lifecycle.spawn(async move { started.into_iter().for_each(|call| call.launch(&eras)) });
    }
}

impl Started {
    fn launch(self, eras: &Arc<Eras>) {
        let eras = eras.clone();
        let Self { version, running, slot, answer } = self;
        eras.engine.clone().lifecycle.spawn(async move {
            tokio::select! {
                biased;
                () = running.cancelled() => slot.withdraw(),
                answer = answer => {
                    let frame = eras.answer(version, slot.id(), &answer);
                    slot.send(frame);
                }
            }
            // Not before the answer is queued: whoever waits for the last call writes what is queued then.
            drop(running);
        });
    }
}

fn no_session() -> Error {
    Error::invalid_request("send `initialize` first")
}
