//! What can go wrong for a client, told apart by questions.

use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

use mcp_core::jsonrpc::ErrorObject;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A request that did not end in a result.
///
/// Opaque; ask it what it is. Exactly one of the questions holds, and [`Error::rejection`] alone speaks of what
/// the server said: everything else happened on this side of the wire, and must not be taken for the server's word
/// (2026-07-28, base protocol, *Error Codes*).
///
/// ```no_run
/// # async fn doc(client: mcp_client::McpClient) {
/// match client.call_tool("add", serde_json::json!({"a": 1, "b": 2})).await {
///     Ok(result) => println!("{}", result.joined_text()),
///     Err(error) if error.is_timeout() => println!("slow: {error}"),
///     Err(error) => match error.rejection() {
///         Some(rejection) => println!("refused with {}: {}", rejection.code, rejection.message),
///         None => println!("{error}"),
///     },
/// }
/// # }
/// ```
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Failure>);

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Failure {
    kind: Kind,
    message: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Debug)]
enum Kind {
    Timeout,
    Closed,
    Cancelled,
    Transport { status: Option<u16> },
    Invalid,
    Tool,
    Rejected(ErrorObject),
}

impl Error {
    /// No answer came in time. The request was cancelled.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout)
    }

    /// The server is gone, or this client was closed before the request was made.
    pub fn is_closed(&self) -> bool {
        matches!(self.0.kind, Kind::Closed)
    }

    /// The request was in flight when this client was closed.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0.kind, Kind::Cancelled)
    }

    /// The server could not be reached, broke off, or answered with an HTTP status instead of a message.
    pub fn is_transport(&self) -> bool {
        matches!(self.0.kind, Kind::Transport { .. })
    }

    /// Something has a shape that it must not have: an argument of the caller's, or an answer of the server's.
    pub fn is_invalid(&self) -> bool {
        matches!(self.0.kind, Kind::Invalid)
    }

    /// The tool ran and says that it failed. The text is the tool's, for the model to read
    /// (2026-07-28, tools, *Error Handling*).
    pub fn is_tool_error(&self) -> bool {
        matches!(self.0.kind, Kind::Tool)
    }

    /// What the server answered, if it answered with an error: code, message, data.
    pub fn rejection(&self) -> Option<&ErrorObject> {
        match &self.0.kind {
            Kind::Rejected(error) => Some(error),
            _ => None,
        }
    }

    /// The HTTP status, if that was all the server answered. 401 and 403 say that credentials are missing.
    pub fn http_status(&self) -> Option<u16> {
        match self.0.kind {
            Kind::Transport { status } => status,
            _ => None,
        }
    }

    fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Failure { kind, message: message.into(), source: None }))
    }

    pub(crate) fn timeout(what: &str, after: Duration) -> Self {
        Self::new(
            Kind::Timeout,
            format!("{what} was not answered within {after:?}: allow more time with `timeout`, or ask the server why"),
        )
    }

    pub(crate) fn closed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Closed, message)
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "the client was closed while the request was in flight")
    }

    pub(crate) fn transport(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Transport { status: None }, message)
    }

    #[cfg(feature = "http")]
    pub(crate) fn status(status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Transport { status: Some(status) }, message)
    }

    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    pub(crate) fn tool(text: String) -> Self {
        Self::new(Kind::Tool, text)
    }

    pub(crate) fn rejected(error: ErrorObject) -> Self {
        let message = format!("the server answered with an error ({}): {}", error.code, error.message);
        Self::new(Kind::Rejected(error), message)
    }

    #[must_use]
    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds where in a longer undertaking it happened.
    #[must_use]
    pub(crate) fn during(mut self, what: &str) -> Self {
        self.0.message = format!("{what}: {}", self.0.message).into();
        self
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
