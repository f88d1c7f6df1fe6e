//! One peer on a pipe: stdio, a socket, or another task of the same process. Both eras share it, message by message.
//!
//! Here is what a pipe has and HTTP has not: queues of what cannot run yet, and who may cancel it.
//!
//! ```text
//! frame ──► Ahead (no room among those that wait) ──► Step ── a call ──► Waiting (no permit) ──► Started
//!                                                                                                   │ launched
//!                                                                 outbox ◄── a task of its own ◄────┘
//! ```
//!
//! Cancellations, responses and pings never wait. Requests do: first as calls, then as frames that nothing has looked
//! into, and when there is no room for those either, reading stops; the peer's own pipe is the last queue. Only while a
//! call waits for the peer's answer, which may stand behind any number of requests, reading goes on, and requests without
//! room are refused.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::{
    call::{Call, CallMetadata, CallNotifications},
    era::{Method, modern::Envelope},
    error::{Error, shown},
    jsonrpc::{self, Message, Notification, Outline, Rejected, Request, RequestId},
    version::ProtocolVersion,
};

use super::{
    Chosen, Eras,
    backlog::{Ahead, Backlog},
    inflight::{Inflight, Running},
    legacy::{Session, SessionLink, cancelled},
    modern::Listens,
    render::{self, Words, early_error},
    sink::{EventSink, StreamWriter},
    step::{Listen, Refused, Run, Step},
    told::tell_refused,
};
use crate::{
    context::ClientLink,
    engine::Support,
    logging::{Arrival, Transport},
    outbox::{Outbox, ReplySlot},
    permits::{Permit, Permits},
    refusal_log::RefusalKind,
};

/// The state of one peer on a pipe. Taking a message in never waits: what may not run yet waits in a queue, and
/// cancels, pings and replies pass it.
pub(crate) struct PipeConnection {
    eras: Arc<Eras>,
    outbox: Outbox,
    permits: Arc<Permits>,
    /// Of the calls that belong to no session.
    inflight: Arc<Inflight>,
    listens: Listens,
    /// What the last handshake on this pipe has opened.
    session: Option<Arc<Session>>,
    backlog: Backlog<Waiting>,
    started: Vec<Started>,
    transport: Transport,
}

/// How many calls are gathered before they are launched.
const GATHERED: usize = 64;

/// Who a call belongs to: how it is answered, and who may cancel it.
struct Owner {
    words: Arc<dyn Words>,
    inflight: Arc<Inflight>,
    /// Whose client can be asked while the call runs.
    session: Option<Arc<Session>>,
}

/// A call that has no permit yet.
struct Waiting {
    owner: Owner,
    run: Run,
}

/// A call that has its permit, and is not polled yet.
struct Started {
    words: Arc<dyn Words>,
    version: ProtocolVersion,
    running: Running,
    slot: ReplySlot,
    call: Call,
    support: Support,
    transport: Transport,
}

impl PipeConnection {
    pub(crate) fn new(eras: Arc<Eras>, outbox: Outbox, transport: Transport) -> Self {
        let permits = Permits::new(eras.engine.limits.calls_per_connection);
        let backlog = Backlog::new(&eras.engine.limits);
        Self {
            listens: Listens::new(outbox.clone()),
            eras,
            outbox,
            permits,
            inflight: Arc::default(),
            session: None,
            backlog,
            started: Vec::new(),
            transport,
        }
    }

    /// Whether more input may be taken in: not if too little of what came before is answered, or read.
    pub(crate) fn wants_input(&self) -> bool {
        !self.is_output_full() && (self.backlog.takes_frames() || self.is_asking())
    }

    /// Whether a call waits for the peer.
    fn is_asking(&self) -> bool {
        self.session.as_ref().is_some_and(|session| !session.pending.is_empty())
    }

    /// Whether the peer must read before more of its requests are read.
    pub(crate) fn is_output_full(&self) -> bool {
        self.outbox.bytes() >= self.eras.engine.limits.waiting_bytes
    }

    /// Whether calls wait for a permit.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// A permit for the next call that waits. Cancel-safe.
    pub(crate) fn permit(&self) -> impl Future<Output = Permit> + use<> {
        let permits = self.permits.clone();
        async move { permits.wait().await }
    }

    /// Starts the call that has waited longest.
    pub(crate) fn start_waiting(&mut self, permit: Permit) {
        if let Some(Waiting { owner, run }) = self.backlog.pop() {
            self.start(owner, run, permit);
            self.take_from_ahead();
            self.launch();
        }
    }

    /// Looks into the requests for which there is room now.
    fn take_from_ahead(&mut self) {
        while let Some(frame) = self.backlog.pop_ahead() {
            if let Ok(Message::Request(request)) = jsonrpc::decode(&frame, &self.eras.engine.limits.json()) {
                self.request(request, frame.len());
            }
        }
    }

    /// Waits until a call asks the peer. Cancel-safe.
    pub(crate) fn asked(&self) -> impl Future<Output = ()> + use<> {
        let session = self.session.clone();
        async move {
            match session {
                Some(session) => session.asked.notified().await,
                None => std::future::pending().await,
            }
        }
    }

    /// Waits until no call is running. Cancel-safe.
    pub(crate) fn idle(&self) -> impl Future<Output = ()> + use<> {
        let of_session = self.session.as_ref().map(|session| session.inflight.clone());
        let inflight = self.inflight.clone();
        async move {
            inflight.idle().await;
            if let Some(of_session) = of_session {
                of_session.idle().await;
            }
        }
    }

    /// Drops every call: nobody reads the answers.
    pub(crate) fn cancel_all(&mut self) {
        self.backlog.clear();
        self.inflight.cancel_all();
        if let Some(session) = &self.session {
            session.inflight.cancel_all();
        }
    }

    /// Ends the streams of events, each with its final messages.
    pub(crate) fn end_streams(&mut self, reason: &str) {
        if let Some(session) = self.session.take() {
            session.end();
        }
        if let Some(modern) = &self.eras.modern {
            self.listens.end_all(modern, Some(reason));
        }
    }

    /// Takes in a line that was too long, of which this could be told.
    pub(crate) fn receive_too_long(&mut self, outline: &Outline) {
        if outline.is_response() || outline.is_notification() {
            tracing::debug!("a message that is too large is ignored");
            return;
        }
        let max = self.eras.engine.limits.line_bytes;
        let what = format_args!("a message is refused: it is larger than Limits::line_bytes ({max})");
        self.eras.engine.refusals.tell(RefusalKind::Size, what);
        let error = Error::invalid_request(format!("the message is too large: at most {max} bytes are read"));
        self.reject(outline.request_id(), &error);
    }

    /// Takes in one frame while the server stops: calls that run may still hear from their client, and no new ones
    /// begin.
    pub(crate) fn receive_while_stopping(&mut self, frame: &Bytes) {
        match jsonrpc::decode(frame, &self.eras.engine.limits.json()) {
            Ok(Message::Request(request)) => {
                let error = Error::internal("the server is stopping: try another one, or later");
                self.reject(Some(&request.id), &error);
            }
            _ => self.receive(frame),
        }
    }

    /// Takes in one frame.
    pub(crate) fn receive(&mut self, frame: &Bytes) {
        match jsonrpc::decode(frame, &self.eras.engine.limits.json()) {
            Ok(Message::Request(request)) if self.may_pass(&request) => self.request(request, frame.len()),
            Ok(Message::Request(request)) => {
                let stands_alone = Envelope::is_present(&request.params);
                self.look_later(request.id, stands_alone, frame);
            }
            Ok(Message::Notification(notification)) => self.notification(&notification),
            Ok(Message::Response(response)) => match &self.session {
                Some(session) => session.answered(response),
                None => tracing::debug!("a response to nothing is ignored"),
            },
            Err(Rejected::Ignore { reason } | Rejected::Response { reason, .. }) => {
                tracing::debug!(reason = %shown(&reason), "a message is ignored");
            }
            Err(Rejected::Answer { id, error }) => self.reject(id.as_ref(), &error),
        }
    }

    /// Answers what is no message. By its id only while no request of that id is in flight: it would have two answers.
    fn reject(&self, id: Option<&RequestId>, error: &Error) {
        let id = id.filter(|id| !self.is_in_flight(id));
        self.outbox.push_reply(early_error(id, error), None);
    }

    fn is_in_flight(&self, id: &RequestId) -> bool {
        self.inflight.contains(id)
            || self.session.as_ref().is_some_and(|session| session.inflight.contains(id))
            || self.listens.contains(id)
            || self.backlog.contains(id)
    }

    /// Whether a request need not wait behind others.
    fn may_pass(&self, request: &Request) -> bool {
        self.backlog.takes_calls() || matches!(Method::named(&request.method), Some(Method::Ping | Method::Initialize))
    }

    fn look_later(&mut self, id: RequestId, stands_alone: bool, frame: &Bytes) {
        if !self.backlog.takes_frames() {
            let error = Error::internal("too many requests wait for others to end: try again later");
            return self.outbox.push_reply(early_error(Some(&id), &error), None);
        }
        // Copied: the frame is a slice of what was read with it, of which nothing else may be kept.
        self.backlog.push_ahead(id, Ahead { frame: Bytes::copy_from_slice(frame), stands_alone });
    }

    fn request(&mut self, request: Request, bytes: usize) {
        let eras = self.eras.clone();
        let id = request.id.clone();
        let (owner, step) = match eras.of_pipe(&request.method, &request.params, self.session.is_some()) {
            Some(Chosen::Modern(modern)) => {
                let owner = Owner { words: modern.clone(), inflight: self.inflight.clone(), session: None };
                (owner, modern.on_pipe(request, self.transport))
            }
            Some(Chosen::Legacy(legacy)) => match &self.session {
                Some(session) if request.method != Method::Initialize.name() => {
                    let inflight = session.inflight.clone();
                    let owner = Owner { words: legacy.clone(), inflight, session: Some(session.clone()) };
                    (owner, legacy.in_session(session, request, CallMetadata::new))
                }
                _ => {
                    let owner = Owner { words: legacy.clone(), inflight: self.inflight.clone(), session: None };
                    let step = legacy.before_session(&request, None, |capabilities| capabilities);
                    if let Err(refused) = &step {
                        tell_refused(&eras.engine, Some(&request), self.transport, &refused.error);
                    }
                    (owner, step)
                }
            },
            None => {
                let error = Error::internal("this server serves no revision of the protocol");
                return self.outbox.push_reply(early_error(Some(&id), &error), None);
            }
        };
        let words = owner.words.clone();
        let refused = match step {
            Ok(step) => self.carry_out(owner, step, bytes),
            Err(refused) => Err(refused),
        };
        if let Err(refused) = refused {
            self.outbox.push_reply(render::refusal(&*words, &id, &refused), None);
        }
    }

    fn carry_out(&mut self, owner: Owner, step: Step, bytes: usize) -> Result<(), Refused> {
        match step {
            Step::Answer(frame) => self.outbox.push_reply(frame, None),
            Step::Run(run) => self.run(owner, run, bytes),
            Step::Listen(listen) => {
                let version = listen.caller.version();
                self.listen(*listen).map_err(|error| Refused::from(error).to(version))?;
            }
            // A peer that shakes hands again begins anew: it may be another client behind the same pipe, or one that
            // lost track. What the session before it had going on is not for its eyes.
            Step::Open(caller, frame) => {
                let session = Arc::new(Session::new(&self.eras.engine, caller, self.outbox.clone()));
                if let Some(before) = self.session.replace(session) {
                    before.end();
                    let of_session = |waiting: &Waiting| Arc::ptr_eq(&waiting.owner.inflight, &before.inflight);
                    self.backlog.forget(of_session, |ahead| !ahead.stands_alone);
                }
                self.outbox.push_reply(frame, None);
                self.take_from_ahead();
            }
        }
        Ok(())
    }

    fn listen(&mut self, listen: Listen) -> Result<(), Error> {
        let max = self.eras.engine.limits.streams_per_connection;
        let refusals = &self.eras.engine.refusals;
        if self.listens.len() >= max {
            refusals.tell_full(RefusalKind::Streams, "a stream of a pipe", "streams_per_connection", max);
            return Err(Error::internal(format!("at most {max} streams can be open at once: end one of them")));
        }
        let place = self.eras.engine.streams.take();
        let place = place.ok_or_else(|| {
            refusals.tell_full(RefusalKind::Streams, "a stream", "streams", self.eras.engine.limits.streams);
            Error::internal("too many streams are open: try again later")
        })?;
        self.listens.open(&self.eras.engine, listen, place)
    }

    fn notification(&mut self, notification: &Notification) {
        if notification.method == Method::Cancelled.name() {
            // No era is named, so both are searched (2026-07-28, basic/transports/stdio, "Cancellation").
            if let Some(id) = cancelled(notification) {
                self.cancel(&id);
            }
            return;
        }
        match (&self.session, &self.eras.legacy) {
            (Some(session), Some(legacy)) => legacy.notified(session, notification),
            _ => tracing::debug!(method = %shown(&notification.method), "a notification is ignored"),
        }
    }

    fn cancel(&mut self, id: &RequestId) {
        self.backlog.cancel(id);
        self.inflight.cancel(id);
        if let Some(session) = &self.session {
            session.inflight.cancel(id);
        }
        self.listens.cancel(id);
        self.take_from_ahead();
    }

    /// Starts a call, or lets it wait for a permit.
    fn run(&mut self, owner: Owner, run: Run, bytes: usize) {
        match self.permits.take() {
            Some(permit) if self.backlog.is_empty() => self.start(owner, run, permit),
            _ => self.backlog.push(run.id.clone(), bytes, Waiting { owner, run }),
        }
    }

    fn start(&mut self, owner: Owner, run: Run, permit: Permit) {
        let Run { call, id, progress_token, late_check } = run;
        let version = call.caller.version();
        let has_events = progress_token.is_some() || self.eras.engine.logs_to(&call.caller);
        let notifications = has_events.then(|| {
            // With its session, what it still says has nobody who may hear it.
            let sight = owner.session.as_ref().map(|session| session.sight());
            let writer = StreamWriter { version, sight };
            CallNotifications { progress_token, sink: Arc::new(EventSink::new(self.outbox.clone(), writer)) }
        });
        let running = owner.inflight.enter(&id);
        let slot = ReplySlot::new(self.outbox.clone(), id, Some(permit));
        let client = owner.session.map(|session| {
            let permits = [Some(self.permits.clone()), None];
            SessionLink::new(&self.eras.engine, &session, Some(self.outbox.clone()), permits) as Arc<dyn ClientLink>
        });
        let support = Support { late_check, client, ..Support::default() };
        let call = call.with_notifications(notifications);
        let transport = self.transport;
        self.started.push(Started { words: owner.words, version, running, slot, call, support, transport });
        if self.started.len() >= GATHERED {
            self.launch();
        }
    }

    /// Lets the calls run that were started, each as a task of its own, so that one that blocks delays no other. Many
    /// of them are handed to a worker of the runtime together: it is woken once, and not by every one.
    pub(crate) fn launch(&mut self) {
        if self.started.len() < 2 {
            self.started.drain(..).for_each(Started::launch);
            return;
        }
        let started = std::mem::replace(&mut self.started, Vec::with_capacity(GATHERED));
        self.eras.engine.lifecycle.spawn(async move { started.into_iter().for_each(Started::launch) });
    }
}

impl Started {
    fn launch(self) {
        let Self { words, version, running, slot, call, support, transport } = self;
        let engine = words.engine().clone();
        engine.lifecycle.spawn(async move {
            // Here and not before: what decides who may see the tool is the user's code.
            let arrival = Arrival { id: Some(slot.id()), transport };
            let answer = words.engine().handle(call, support, arrival);
            tokio::select! {
                biased;
                () = running.cancelled() => slot.withdraw(),
                answer = answer => {
                    let frame = render::answer(&*words, version, slot.id(), &answer);
                    let mut slot = Some(slot);
                    // The session may have ended, and its successor begun, while the handler was at its end.
                    running.unless_cancelled(|| {
                        if let Some(slot) = slot.take() {
                            slot.send(frame);
                        }
                    });
                    if let Some(slot) = slot {
                        slot.withdraw();
                    }
                }
            }
            // Not before the answer is queued: whoever waits for the last call writes what is queued then.
            drop(running);
        });
    }
}
