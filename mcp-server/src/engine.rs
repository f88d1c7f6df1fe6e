//! What answers calls: the registries, the limits, and everything else that both eras share.

mod replay;

use std::{
    any::Any,
    sync::{Arc, Weak},
};

use mcp_core::{
    call::{Call, CallNotifications, Caller},
    era::asks_in_rounds,
    error::{Error, ErrorKind, excerpt, shown},
    json::RawObject,
    model::{CacheHint, Implementation, LogLevel, ServerCapabilities},
    version::ProtocolVersion,
};

#[cfg(feature = "middleware")]
use mcp_core::model::Request;
use tracing::{Span, span::EnteredSpan};

#[cfg(feature = "discovery")]
use crate::discovery::Catalogue;
use crate::{
    budget::Budget,
    context::{CallScope, ClientLink, Clock, HeaderCheck},
    extension::Extensions,
    lifecycle::Lifecycle,
    limits::Limits,
    logging::{Arrival, CallLog, CallSpan, EndOnDrop, LogTo, span_of_failure},
    notifier::Notifier,
    outbox::Outbox,
    permits::Permits,
    refusal_log::{RefusalKind, RefusalLog},
    registry::Registries,
    rounds::{RoundTerms, Rounds},
    router::{Answering, Deadline, RunningCall, Terms, Way, caught, guard, route},
};
#[cfg(feature = "middleware")]
use crate::{
    middleware::{Next, Route},
    router::CallFuture,
};

/// How a server that declares logging logs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Logging {
    /// From which level on a session gets messages before its client sets one; `None` for none.
    pub(crate) of_sessions: Option<LogLevel>,
}

/// In this order, so that what every call looks at stands together.
#[repr(C)]
pub(crate) struct Engine {
    /// The server that owns this engine; handlers may ask for it.
    pub(crate) owner: Weak<dyn Any + Send + Sync>,
    pub(crate) terms: Arc<Terms>,
    pub(crate) lifecycle: Lifecycle,
    /// The calls over HTTP that may run at once.
    #[cfg(feature = "http")]
    pub(crate) calls: Arc<Permits>,
    /// What is held for clients: what they send until it is decoded, and what is for them until they have read it.
    pub(crate) held: Arc<Budget>,
    /// Set if logging is declared.
    pub(crate) logging: Option<Logging>,
    /// The way through the layers, if there are any. It ends at this engine.
    #[cfg(feature = "middleware")]
    pub(crate) layers: Option<Next>,
    pub(crate) registries: Registries,
    /// What holds for calls whose clients answer by asking again.
    pub(crate) rounds: Arc<RoundTerms>,
    /// What finds tools that no list has.
    #[cfg(feature = "discovery")]
    pub(crate) catalogue: Option<Arc<Catalogue>>,
    pub(crate) limits: Limits,
    /// Whether the texts of tools' errors are for the log alone.
    pub(crate) masks_errors: bool,
    /// The revisions that are served, oldest first.
    pub(crate) versions: Vec<ProtocolVersion>,
    /// What sessions and streams keep for as long as they live.
    pub(crate) kept: Arc<Budget>,
    /// The connections that HTTP listeners may have at once.
    #[cfg(feature = "http")]
    pub(crate) connections: Arc<Permits>,
    /// The event streams that may be open at once.
    pub(crate) streams: Arc<Permits>,
    pub(crate) refusals: RefusalLog,
    pub(crate) extensions: Extensions,
    pub(crate) notifier: Notifier,
    pub(crate) info: Implementation,
    pub(crate) instructions: Option<String>,
    /// For how long what the server is may be kept.
    pub(crate) discovery: CacheHint,
}

/// What goes with a call beside its words, from its beginning on and through the layers.
#[derive(Default)]
pub(crate) struct Support {
    /// Its clock. Set when progress is wanted, or the client can be asked.
    pub(crate) clock: Option<Clock>,
    pub(crate) log: LogTo,
    /// The line back to the client, if it can be asked.
    pub(crate) client: Option<Arc<dyn ClientLink>>,
    /// What holds for its rounds, if a server around this one has said so.
    pub(crate) rounds: Option<Rounds>,
    pub(crate) late_check: Option<HeaderCheck>,
    /// Whether a server around this one masks the texts of errors.
    pub(crate) masks_errors: bool,
}

impl Engine {
    /// An outbox for one more stream.
    pub(crate) fn outbox(&self) -> Outbox {
        Outbox::new(&self.limits, &self.held)
    }

    /// Routes a call, through the layers if there are any, and returns what its answer comes from: panics caught, its
    /// deadline held. `support` is what the transport knows of it; the clock and the log are added here.
    pub(crate) fn handle(self: &Arc<Self>, call: Call, mut support: Support, arrival: Arrival<'_>) -> RunningCall {
        #[cfg(feature = "discovery")]
        let mut call = call;
        #[cfg(feature = "discovery")]
        if let Some(catalogue) = &self.catalogue
            && catalogue.redirect(&mut call.request)
        {
            // Its headers are about the call that was sent.
            support.late_check = None;
        }
        let span = self.watch(&call, &mut support, arrival);
        let deadline = Deadline { terms: self.terms.clone(), clock: support.clock.clone() };
        #[cfg(feature = "middleware")]
        if let Some(layers) = &self.layers {
            return guard(Answering::new(Ok(Self::through(layers, call, support)), None), deadline, span);
        }
        let end = end_of_log(&support);
        // Who may see an item is decided by code of the user's, which may panic as a handler may.
        let way = caught(&span, || self.route(call, support));
        guard(Answering::new(way, end), deadline, span)
    }

    /// The way through layers. Out of line, so that it has no room where most calls have none.
    #[cfg(feature = "middleware")]
    #[inline(never)]
    fn through(layers: &Next, mut call: Call, support: Support) -> Way {
        call.keep(support);
        Way::Other(Box::pin(layers.clone().run(call)))
    }

    /// Where the layers end.
    #[cfg(feature = "middleware")]
    pub(crate) fn end_of_layers(engine: Weak<Self>) -> Next {
        Next::new(Route(move |mut call: Call| -> CallFuture {
            let Some(engine) = engine.upgrade() else { return Box::pin(std::future::ready(Err(gone()))) };
            // A layer may have made a call of its own.
            let support =
                call.take_kept().unwrap_or_else(|| Support { log: engine.log_to_nobody(), ..Support::default() });
            let end = end_of_log(&support);
            Box::pin(Answering::new(engine.route(call, support), end))
        }))
    }

    /// Answers a request within a call of another server, through these layers, with that call's clock and log.
    #[cfg(feature = "middleware")]
    pub(crate) fn enter_layers(layers: Next, request: Request, scope: CallScope) -> CallFuture {
        let CallScope {
            caller,
            notifications,
            metadata,
            log,
            clock,
            client,
            rounds,
            resume,
            late_check,
            masks_errors,
            ..
        } = scope;
        let call = Call::new(request, caller).with_notifications(notifications).with_metadata(metadata);
        let mut call = call.with_resume(resume);
        call.keep(Support { clock, log, client, rounds, late_check, masks_errors });
        Box::pin(layers.run(call))
    }

    fn route(self: &Arc<Self>, call: Call, mut support: Support) -> Result<Way, Error> {
        if let Some(client) = support.client.take_if(|_| self.rounds.replays()) {
            return Ok(self.replay(call, support, client));
        }
        let Call { request, caller, notifications, metadata, resume, .. } = call;
        let Support { clock, log, client, rounds, late_check, masks_errors } = support;
        let rounds = match rounds {
            None if asks_in_rounds(caller.version(), &request) => Some(Rounds::of(&self.rounds)),
            known => known,
        };
        let masks_errors = masks_errors || self.masks_errors;
        let progress_rate = self.limits.progress_rate;
        let server = self.owner.upgrade().ok_or_else(gone)?;
        let way = route(
            &self.registries,
            &self.extensions,
            request,
            CallScope {
                caller,
                notifications,
                metadata,
                log,
                clock,
                progress_rate,
                masks_errors,
                client,
                rounds,
                resume,
                late_check,
                server,
            },
        );
        if let Err(error) = &way {
            self.tell_refused(|| span_of_failure().map_or_else(Span::none, EnteredSpan::exit), error);
        }
        way
    }

    /// Tells whoever runs the server of a request whose error says that it, or what stands beside it, cannot be meant for
    /// this server; of no other. `span` is that of the request, where it is not entered yet.
    #[cold]
    pub(crate) fn tell_refused(&self, span: impl FnOnce() -> Span, error: &Error) {
        let message = excerpt(error.message());
        match error.kind() {
            ErrorKind::HeaderMismatch => self.refusals.tell_in(
                RefusalKind::Headers,
                span,
                format_args!(
                    "a request is refused: {message}; the client, or a proxy that changes either of them, is to be mended"
                ),
            ),
            ErrorKind::UnsupportedVersion => {
                let requested = error.data().and_then(|data| data.get("requested")?.as_str()).unwrap_or_default();
                let requested = shown(requested);
                let what = "ServerBuilder::versions says which are served";
                self.refusals.tell_in(
                    RefusalKind::Version,
                    span,
                    format_args!("a request for revision \"{requested}\" is refused: {message}; {what}"),
                );
            }
            _ => {}
        }
    }

    fn watch(&self, call: &Call, support: &mut Support, arrival: Arrival<'_>) -> CallSpan {
        support.log = match &call.notifications {
            Some(to) if self.logs_to(&call.caller) => self.log_to(&call.caller, to),
            _ => self.log_to_nobody(),
        };
        let reports = || call.notifications.as_ref().is_some_and(|to| to.progress_token.is_some());
        support.clock = match &support.client {
            Some(link) => Some(Clock::OfLink(link.clone())),
            None => reports().then(|| Clock::Own(Arc::default())),
        };
        CallSpan::open(&support.log, arrival, call)
    }

    #[inline(never)]
    fn log_to(&self, caller: &Arc<Caller>, to: &CallNotifications) -> LogTo {
        LogTo::Caller(Arc::new(CallLog::new(caller.clone(), to, &self.limits)))
    }

    fn log_to_nobody(&self) -> LogTo {
        if self.logging.is_some() { LogTo::Nobody } else { LogTo::Undeclared }
    }

    /// Whether a call of this caller may have log messages: it needs a stream for them.
    pub(crate) fn logs_to(&self, caller: &Caller) -> bool {
        self.logging.is_some() && caller.log_level().is_some()
    }

    /// From which level on a session gets messages before its client sets one.
    pub(crate) fn log_level_of_sessions(&self) -> Option<LogLevel> {
        self.logging.and_then(|logging| logging.of_sessions)
    }

    /// What the server offers: what was registered and configured.
    pub(crate) fn capabilities(&self) -> ServerCapabilities {
        let mut capabilities = self.configured();
        capabilities.extensions = self.extensions.declared();
        capabilities
    }

    /// What the server offers to a session: capabilities there have no place for extensions, but some want to be
    /// declared all the same.
    pub(crate) fn capabilities_in_sessions(&self) -> ServerCapabilities {
        let mut capabilities = self.configured();
        capabilities.extensions = self.extensions.declared_in_sessions();
        capabilities
    }

    fn configured(&self) -> ServerCapabilities {
        let mut capabilities = self.registries.capabilities();
        capabilities.logging = self.logging.is_some().then(RawObject::default);
        capabilities
    }
}

fn end_of_log(support: &Support) -> Option<EndOnDrop> {
    match &support.log {
        LogTo::Caller(log) => Some(EndOnDrop(log.clone())),
        LogTo::Undeclared | LogTo::Nobody => None,
    }
}

#[cold]
fn gone() -> Error {
    Error::internal("the server is gone")
}
