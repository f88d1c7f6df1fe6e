//! The `tracing` span of a call, in which its handler runs.

#[cfg(feature = "tracing-layer")]
use std::sync::Arc;

use mcp_core::{error::shown, jsonrpc::RequestId, version::ProtocolVersion};
use tracing::{Level, Span, level_filters::LevelFilter};

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
}

/// Entered whenever the call's handler is polled. Empty if nobody listens.
pub(crate) struct CallSpan {
    /// Boxed: most calls have none, and all are moved with it.
    of: Option<Box<Open>>,
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

impl CallSpan {
    /// The span of a call whose log goes there.
    #[inline]
    pub(crate) fn open<'a>(log: &LogTo, described: impl FnOnce() -> Described<'a>) -> Self {
        if LevelFilter::current() < LevelFilter::DEBUG && !is_heard(log) {
            return Self { of: None };
        }
        Self::listened(log, &described())
    }

    #[cold]
    #[cfg(not(feature = "tracing-layer"))]
    fn listened(_: &LogTo, described: &Described<'_>) -> Self {
        let span = described.of_call();
        Self { of: (!span.is_disabled()).then(|| Box::new(Open { span })) }
    }

    #[cold]
    #[cfg(feature = "tracing-layer")]
    fn listened(log: &LogTo, described: &Described<'_>) -> Self {
        let log = match log {
            LogTo::Caller(log) => Some(log.clone()),
            LogTo::Undeclared | LogTo::Nobody => None,
        };
        let _in_call = log.as_ref().map(InCall::enter);
        let mut span = described.of_call();
        // Work that the handler hands to other tasks is known by a span, also where no subscriber wants that one: this has
        // the highest level, so that filters by level leave it.
        if span.is_disabled()
            && log.is_some()
            && tracing::dispatcher::get_default(tracing::Dispatch::is::<ClientLogLayer>)
        {
            span = tracing::error_span!("call");
        }
        let is_needed = log.is_some() || !span.is_disabled();
        Self { of: is_needed.then(|| Box::new(Open { span, log })) }
    }

    pub(crate) fn enter(&self) -> Option<(tracing::span::Entered<'_>, InLog)> {
        self.of.as_deref().map(Open::enter)
    }

    /// Of a call that nobody hears of.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self { of: None }
    }
}

impl Open {
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
