//! The `tracing` span of a call whose client wants to hear its log.

#[cfg(feature = "tracing-layer")]
use std::sync::Arc;

use super::LogTo;
#[cfg(feature = "tracing-layer")]
use super::{CallLog, ClientLogLayer, layer::InCall};

/// Entered whenever the call's handler is polled. Empty for a client that wants no messages, and without the feature
/// `tracing-layer`.
pub(crate) struct CallSpan {
    #[cfg(feature = "tracing-layer")]
    /// Boxed: most calls have none, and all are moved with it.
    of: Option<Box<(Arc<CallLog>, tracing::Span)>>,
}

#[cfg(feature = "tracing-layer")]
impl CallSpan {
    /// Other subscribers see no span: there is one only where the layer is installed. It has the highest level, so
    /// that filters by level leave it.
    pub(crate) fn open(log: &LogTo) -> Self {
        let LogTo::Caller(log) = log else { return Self { of: None } };
        let _in_call = InCall::enter(log);
        let is_installed = tracing::dispatcher::get_default(tracing::Dispatch::is::<ClientLogLayer>);
        let span = if is_installed { tracing::error_span!("call") } else { tracing::Span::none() };
        Self { of: Some(Box::new((log.clone(), span))) }
    }

    pub(crate) fn enter(&self) -> Option<(tracing::span::Entered<'_>, InCall)> {
        self.of.as_deref().map(|(log, span)| (span.enter(), InCall::enter(log)))
    }
}

#[cfg(not(feature = "tracing-layer"))]
impl CallSpan {
    pub(crate) fn open(_: &LogTo) -> Self {
        Self {}
    }

    pub(crate) fn enter(&self) -> NoSpan {
        NoSpan
    }
}

/// Stands for a span that was entered.
#[cfg(not(feature = "tracing-layer"))]
pub(crate) struct NoSpan;
