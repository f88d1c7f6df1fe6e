//! How a tool fails.

use std::{error::Error, fmt};

use crate::handler::call_failure::CallFailure;

/// Why a tool failed. The model reads its text, unless it was made with [`ToolError::protocol`].
///
/// Like `anyhow::Error` it is made from any error by `?`, and is no `std::error::Error` itself.
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
    /// For the model.
    Told(Box<dyn Error + Send + Sync>),
    Protocol(mcp_core::Error),
}

impl ToolError {
    /// A failure that the model should read: what went wrong and what to do about it. Takes a text or an error.
    pub fn new(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        match reason.into().downcast::<Boxed>() {
            Ok(boxed) => boxed.0,
            Err(reason) => Self(Kind::Told(reason)),
        }
    }

    /// Fails the request itself, with a JSON-RPC error that the model may never see.
    pub fn protocol(error: mcp_core::Error) -> Self {
        Self(Kind::Protocol(error))
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for ToolError {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

impl From<ToolError> for Box<dyn Error + Send + Sync> {
    fn from(error: ToolError) -> Self {
        Box::new(Boxed(error))
    }
}

impl From<ToolError> for CallFailure {
    fn from(error: ToolError) -> Self {
        match error.0 {
            Kind::Told(reason) => Self::Tool(reason.to_string()),
            Kind::Protocol(error) => Self::Protocol(error),
        }
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Told(reason) => reason.fmt(f),
            Kind::Protocol(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Told(reason) => f.debug_tuple("ToolError").field(reason).finish(),
            Kind::Protocol(error) => f.debug_tuple("ToolError::protocol").field(error).finish(),
        }
    }
}

/// A [`ToolError`] on its way through a `Box<dyn Error>`, where [`ToolError::new`] finds it again.
struct Boxed(ToolError);

impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Boxed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.0 {
            Kind::Told(reason) => reason.source(),
            Kind::Protocol(error) => error.source(),
        }
    }
}
