//! How a tool fails.

use std::{error::Error, fmt};

use crate::context::NotAnswered;
use crate::handler::{
    call_failure::CallFailure,
    causes::{self, Causes},
};

/// Why a tool failed. The model reads its text; everything that led to it goes to `tracing`.
///
/// `?` makes it from any error: of the standard library, of `anyhow` and `eyre`, a boxed one, a text. A handler may also
/// return these as they are, `anyhow::Result<T>` for example. Like `anyhow::Error` it is no `std::error::Error` itself.
///
/// | Made by | What the model reads |
/// |---|---|
/// | [`ToolError::new`], `?` | the error's own text, which says what went wrong where it was noticed |
/// | [`ToolError::with_causes`] | that, and each cause on a line of its own |
/// | [`ToolError::protocol`], `?` on an [`mcp_server::Error`](crate::Error) | nothing: the request itself fails |
///
/// With [`ServerBuilder::mask_errors`](crate::ServerBuilder::mask_errors) it reads where to find the text in the log.
///
/// ```
/// use mcp_server::ToolError;
///
/// fn port(text: &str) -> Result<u16, ToolError> {
///     if text.is_empty() {
///         return Err(ToolError::new("the port is empty: give a number from 1 to 65535"));
///     }
///     Ok(text.parse()?)
/// }
///
/// assert_eq!(port("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
pub struct ToolError(Kind);

enum Kind {
    Told { reason: Box<dyn Error + Send + Sync>, with_causes: bool },
    Protocol(mcp_core::Error),
}

impl ToolError {
    /// A failure that the model should read: what went wrong and what to do about it. Takes a text or an error.
    pub fn new(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Kind::Told { reason: reason.into(), with_causes: false })
    }

    /// A failure whose causes the model should read as well, for example because the innermost one says what to change.
    /// Takes whatever `?` takes, and a [`ToolError`].
    ///
    /// They stand below the error's text, each on one line of at most 1,024 characters, and at most 16 of them. A cause that is repeated
    /// at the end of the text above it is left out. Causes are often written for whoever runs the server: they may name
    /// files, addresses and queries.
    ///
    /// ```
    /// use mcp_server::{ToolError, tool};
    ///
    /// #[tool]
    /// async fn load(path: String) -> Result<String, ToolError> {
    ///     std::fs::read_to_string(path).map_err(ToolError::with_causes)
    /// }
    /// ```
    pub fn with_causes(error: impl Into<Self>) -> Self {
        match error.into().0 {
            Kind::Told { reason, .. } => Self(Kind::Told { reason, with_causes: true }),
            protocol @ Kind::Protocol(_) => Self(protocol),
        }
    }

    /// Fails the request itself, with a JSON-RPC error that the model may never see.
    pub fn protocol(error: mcp_core::Error) -> Self {
        Self(Kind::Protocol(error))
    }

    /// The error of the request, or the reason for the log.
    pub(in crate::handler) fn into_parts(self) -> Result<mcp_core::Error, Box<dyn Error + Send + Sync>> {
        match self.0 {
            Kind::Told { reason, .. } => Err(reason),
            Kind::Protocol(error) => Ok(error),
        }
    }

    /// What becomes of a call of that tool. The log is told everything; the model of a server that `masks` errors only
    /// where.
    #[cold]
    pub(in crate::handler) fn into_failure(self, tool: &str, masks: bool) -> CallFailure {
        let (reason, with_causes) = match self.0 {
            Kind::Told { reason, with_causes } => (reason, with_causes),
            Kind::Protocol(error) => return CallFailure::Protocol(error),
        };
        let (error, causes) = (causes::line(&*reason), Causes::of(&*reason));
        let _span = crate::logging::span_of_failure();
        if masks {
            let reference = causes::reference();
            tracing::warn!(tool, reference, error, causes = ?causes.lines(), "a tool failed");
            return CallFailure::Tool(format!("the tool failed: the server's log says why, under {reference}"));
        }
        tracing::warn!(tool, error, causes = ?causes.lines(), "a tool failed");
        let text = reason.to_string();
        CallFailure::Tool(if with_causes { causes.below(text) } else { text })
    }
}

/// From any error, a text, and whatever else becomes a boxed error, such as `anyhow::Error` and `eyre::Report`. An
/// [`mcp_server::Error`](crate::Error) fails the request, as in prompts and resources; inside of another error it is a
/// cause as any other.
impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for ToolError {
    fn from(error: E) -> Self {
        let reason = match error.into().downcast::<mcp_core::Error>() {
            Ok(error) => return Self::protocol(*error),
            Err(reason) => reason,
        };
        // A client that lacks a capability is told which, not its model.
        match reason.downcast_ref::<NotAnswered>().and_then(NotAnswered::request_error) {
            Some(error) => Self::protocol(error),
            None => Self::new(reason),
        }
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Told { reason, .. } => reason.fmt(f),
            Kind::Protocol(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Told { reason, .. } => f.debug_tuple("ToolError").field(reason).finish(),
            Kind::Protocol(error) => f.debug_tuple("ToolError::protocol").field(error).finish(),
        }
    }
}
