//! The `tracing` span of a call, in which its handler runs; where nobody wants that, the span of what fails in it.

use std::cell::Cell;
#[cfg(feature = "tracing-layer")]
use std::sync::Arc;

use mcp_core::{call::Call, error::shown, json::Text, jsonrpc::RequestId, model::Request, version::ProtocolVersion};
use tracing::{Level, Span, level_filters::LevelFilter, span::EnteredSpan};

use super::LogTo;
#[cfg(feature = "tracing-layer")]
use super::{CallLog, ClientLogLayer, layer::InCall};

/// By what a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    #[cfg(feature = "http")]
    Http,
    Stdio,
    /// A stream of bytes that the program brought.
    Io,
    #[cfg(all(unix, feature = "unix-socket"))]
    Unix,
    /// A client in this process.
    InProcess,
    /// None: the program asked.
    None,
}

impl Transport {
    fn as_str(self) -> &'static str {
        match self {
            #[cfg(feature = "http")]
            Self::Http => "http",
            Self::Stdio => "stdio",
            Self::Io => "io",
            #[cfg(all(unix, feature = "unix-socket"))]
            Self::Unix => "unix",
            Self::InProcess => "in process",
            Self::None => "none",
        }
    }
}

/// How a call came.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) id: Option<&'a RequestId>,
    pub(crate) transport: Transport,
}

/// What the span of a request says of it.
pub(crate) struct Described<'a> {
    pub(crate) arrival: Arrival<'a>,
    pub(crate) method: &'a str,
    /// The tool, the prompt, the URI.
    pub(crate) name: Option<&'a str>,
    pub(crate) version: Option<ProtocolVersion>,
}

macro_rules! span {
    ($described:expr, $level:expr) => {{
        let Described { arrival, method, name, version } = $described;
        tracing::span!(
            target: "mcp_server::request",
            $level,
            "request",
            transport = arrival.transport.as_str(),
            method = &*shown(method),
            name = name.map(shown).as_deref(),
            id = arrival.id.map(|id| shown(&id.to_string()).into_owned()),
            revision = version.map(ProtocolVersion::as_str),
        )
    }};
}

impl Described<'_> {
    /// The span of a call. Its name, target and fields are written down in `docs/logging.md`.
    #[cold]
    #[inline(never)]
    fn of_call(&self) -> Span {
        span!(self, Level::DEBUG)
    }

    /// The span of a request that is refused: of the level of the event that stands in it.
    #[cold]
    #[inline(never)]
    pub(crate) fn of_refused(&self) -> Span {
        span!(self, Level::WARN)
    }

    /// The span of something that fails. Of the highest level: whatever filter by level lets the event in lets in its span.
    #[cold]
    #[inline(never)]
    fn of_failed(&self) -> Span {
        span!(self, Level::ERROR)
    }
}

/// What is remembered of a call that stands in no span, for what fails in it.
struct About {
    id: Option<RequestId>,
    name: Option<Text>,
    method: Text,
    transport: Transport,
    version: ProtocolVersion,
}

impl About {
    #[inline(never)]
    fn of(arrival: Arrival<'_>, call: &Call) -> Box<Self> {
        let name = match &call.request {
            Request::CallTool { name, .. } | Request::GetPrompt { name, .. } => Some(name.clone()),
            Request::ReadResource { uri } => Some(uri.clone()),
            _ => None,
        };
        let method = match &call.request {
            Request::Custom { method, .. } => method.clone(),
            known => Text::from_static(known.defined_method().unwrap_or_default()),
        };
        let version = call.caller.version();
        let about = Self { id: arrival.id.cloned(), name, method, transport: arrival.transport, version };
        match SPARE.try_with(Cell::take) {
            Ok(Some(mut spare)) => {
                *spare = about;
                spare
            }
            _ => Box::new(about),
        }
    }

    /// The next call takes over the box, and nothing of what was in it: it holds a part of the request's frame.
    fn spare(mut self: Box<Self>) {
        (self.id, self.name, self.method) = (None, None, Text::default());
        // A thread that ends has no next call.
        let _ = SPARE.try_with(|spare| spare.set(Some(self)));
    }

    fn described(&self) -> Described<'_> {
        let Self { id, name, method, transport, version } = self;
        let arrival = Arrival { id: id.as_ref(), transport: *transport };
        Described { arrival, method, name: name.as_deref(), version: Some(*version) }
    }
}

/// Entered whenever the call's handler is polled. Empty if nobody listens.
pub(crate) struct CallSpan {
    /// Boxed: most calls have none, and all are moved with it.
    of: Option<Box<Open>>,
    /// Of a call whose span nobody wants, though somebody wants to hear of failures. Empty while a thread works on it.
    about: Cell<Option<Box<About>>>,
}

struct Open {
    span: Span,
    /// Of a client that wants to hear it.
    #[cfg(feature = "tracing-layer")]
    log: Option<Arc<CallLog>>,
}

#[cfg(feature = "tracing-layer")]
type InLog = Option<InCall>;
#[cfg(not(feature = "tracing-layer"))]
type InLog = ();

thread_local! {
    /// The call that this thread works on, if it stands in no span.
    static WORKING: Cell<Option<Box<About>>> = const { Cell::new(None) };
    /// What a call has left, so that remembering one costs no allocation.
    static SPARE: Cell<Option<Box<About>>> = const { Cell::new(None) };
}

/// While it lives, this thread works on a call.
struct Working<'a> {
    of: &'a Cell<Option<Box<About>>>,
    /// A server in this process may be called by a handler.
    outer: Option<Box<About>>,
}

impl<'a> Working<'a> {
    /// `about` is what was in `of`.
    fn begin(of: &'a Cell<Option<Box<About>>>, about: Box<About>) -> Self {
        // A thread that ends works on no call.
        let outer = WORKING.try_with(|working| working.replace(Some(about))).ok().flatten();
        Self { of, outer }
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        let outer = self.outer.take();
        self.of.set(WORKING.try_with(|working| working.replace(outer)).ok().flatten());
    }
}

/// Makes and enters the span of the call that this thread works on, for an event that whoever runs the server finds the
/// call by: a failure. `None` where the call stands in its span already, and where there is no call.
#[cold]
#[inline(never)]
pub(crate) fn span_of_failure() -> Option<EnteredSpan> {
    // A subscriber may look at it again meanwhile, and finds none.
    let about = WORKING.try_with(Cell::take).ok().flatten()?;
    let span = about.described().of_failed().entered();
    let _ = WORKING.try_with(|working| working.set(Some(about)));
    Some(span)
}

/// What a call is entered by.
pub(crate) struct InSpan<'a> {
    _span: Option<(tracing::span::Entered<'a>, InLog)>,
    _working: Option<Working<'a>>,
}

impl CallSpan {
    /// The span of a call whose log goes there.
    #[inline]
    pub(crate) fn open(log: &LogTo, arrival: Arrival<'_>, call: &Call) -> Self {
        let level = LevelFilter::current();
        if level >= LevelFilter::DEBUG || is_heard(log) {
            return Self::listened(log, arrival, call);
        }
        Self { of: None, about: Cell::new((level != LevelFilter::OFF).then(|| About::of(arrival, call))) }
    }

    #[cold]
    #[inline(never)]
    fn listened(log: &LogTo, arrival: Arrival<'_>, call: &Call) -> Self {
        let version = Some(call.caller.version());
        let described = Described { arrival, method: call.method(), name: call.name(), version };
        let (of, is_named) = Open::of(log, &described);
        Self { of, about: Cell::new((!is_named).then(|| About::of(arrival, call))) }
    }

    #[inline]
    pub(crate) fn enter(&self) -> Option<InSpan<'_>> {
        let about = self.about.take();
        if self.of.is_none() && about.is_none() { None } else { Some(self.enter_heard(about)) }
    }

    /// As [`enter`](Self::enter), if anybody listens. Out of line: a call is entered in several places.
    #[inline(never)]
    fn enter_heard(&self, about: Option<Box<About>>) -> InSpan<'_> {
        let span = self.of.as_deref().map(Open::enter);
        InSpan { _span: span, _working: about.map(|about| Working::begin(&self.about, about)) }
    }

    /// Of a call that nobody hears of.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self { of: None, about: Cell::new(None) }
    }
}

impl Drop for CallSpan {
    fn drop(&mut self) {
        if let Some(about) = self.about.take() {
            about.spare();
        }
    }
}

impl Open {
    /// The span of a call, if anybody wants it, and whether it names the call.
    #[cfg(not(feature = "tracing-layer"))]
    fn of(_: &LogTo, described: &Described<'_>) -> (Option<Box<Self>>, bool) {
        let span = described.of_call();
        let is_named = !span.is_disabled();
        (is_named.then(|| Box::new(Self { span })), is_named)
    }

    /// The span of a call, if anybody wants it or its log, and whether it names the call.
    #[cfg(feature = "tracing-layer")]
    fn of(log: &LogTo, described: &Described<'_>) -> (Option<Box<Self>>, bool) {
        let log = match log {
            LogTo::Caller(log) => Some(log.clone()),
            LogTo::Undeclared | LogTo::Nobody => None,
        };
        let _in_call = log.as_ref().map(InCall::enter);
        let mut span = described.of_call();
        let is_named = !span.is_disabled();
        // Work that the handler hands to other tasks is known by a span, also where no subscriber wants that one: this has
        // the highest level, so that filters by level leave it.
        if !is_named && log.is_some() && tracing::dispatcher::get_default(tracing::Dispatch::is::<ClientLogLayer>) {
            span = tracing::error_span!("call");
        }
        ((log.is_some() || !span.is_disabled()).then(|| Box::new(Self { span, log })), is_named)
    }

    #[cfg(feature = "tracing-layer")]
    fn enter(&self) -> (tracing::span::Entered<'_>, InLog) {
        (self.span.enter(), self.log.as_ref().map(InCall::enter))
    }

    #[cfg(not(feature = "tracing-layer"))]
    fn enter(&self) -> (tracing::span::Entered<'_>, InLog) {
        (self.span.enter(), ())
    }
}

/// Whether a client may hear what the handler says with `tracing`.
fn is_heard(log: &LogTo) -> bool {
    cfg!(feature = "tracing-layer") && matches!(log, LogTo::Caller(_))
}
