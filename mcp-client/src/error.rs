//! What can go wrong for a client, told apart by kinds.

use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc, time::Duration};

use mcp_core::jsonrpc::ErrorObject;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A request that did not end in a result.
///
/// Ask it for its [kind](Error::kind). [`ErrorKind::Rejected`] and [`ErrorKind::Tool`] alone speak of what the server
/// said: everything else happened on this side of the wire, and must not be taken for the server's word
/// (2026-07-28, base protocol, *Error Codes*). Cheap to clone: clones share what they hold.
///
/// ```no_run
/// use mcp_client::ErrorKind;
///
/// # async fn doc(client: mcp_client::McpClient) {
/// match client.call_tool("add", serde_json::json!({"a": 1, "b": 2})).await {
///     Ok(result) => println!("{}", result.joined_text()),
///     Err(error) => match error.kind() {
///         ErrorKind::Timeout => println!("slow: {error}"),
///         ErrorKind::Transport => println!("again in {:?}: {error}", error.retry_after()),
///         _ => println!("{error}"),
///     },
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Failure>);

/// What an [`Error`] is. More kinds may come: match the rest with `_`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No answer came in time. The request was cancelled.
    Timeout,
    /// The server is gone, or this client was closed before the request was made.
    Closed,
    /// The request was in flight when this client was closed.
    Cancelled,
    /// The server could not be reached, broke off, or answered with an HTTP status instead of a message: see
    /// [`Error::http_status`] and [`Error::retry_after`].
    Transport,
    /// There is no version of the protocol that both sides speak.
    Version,
    /// The server broke the protocol, or its result is not what was asked for: it has another shape, is larger than
    /// [`Limits`](crate::Limits) allow, does not fit the tool's output schema, or is no value of the wanted type.
    Invalid,
    /// What this program wants cannot be asked: an argument, a URL, a header or a limit of its own stands against it. The
    /// server was not asked.
    Input,
    /// The tool ran and says that it failed. The text is the tool's, for the model to read (2026-07-28, tools, *Error
    /// Handling*).
    Tool,
    /// The server wanted to know something before it could go on, and this program gave no answer: its handler refused, failed
    /// or took too long. The request was not made again (2026-07-28, *Multi Round-Trip Requests*).
    Unanswered,
    /// The server answered with an error instead of a result: see [`Error::rejection`].
    Rejected,
}

#[derive(Debug, Clone)]
struct Failure {
    kind: ErrorKind,
    message: Cow<'static, str>,
    rejection: Option<ErrorObject>,
    not_found: bool,
    status: Option<u16>,
    retry_after: Option<Duration>,
    challenge: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// What it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// [`ErrorKind::Timeout`]: no answer came in time. The request was cancelled.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// [`ErrorKind::Closed`]: the server is gone, or this client was closed before the request was made.
    pub fn is_closed(&self) -> bool {
        self.kind() == ErrorKind::Closed
    }

    /// [`ErrorKind::Cancelled`]: the request was in flight when this client was closed.
    pub fn is_cancelled(&self) -> bool {
        self.kind() == ErrorKind::Cancelled
    }

    /// [`ErrorKind::Transport`]: the server could not be reached, broke off, or answered with an HTTP status instead of a
    /// message.
    pub fn is_transport(&self) -> bool {
        self.kind() == ErrorKind::Transport
    }

    /// [`ErrorKind::Invalid`]: the server broke the protocol, or its result is not what was asked for.
    pub fn is_invalid(&self) -> bool {
        self.kind() == ErrorKind::Invalid
    }

    /// [`ErrorKind::Tool`]: the tool ran and says that it failed.
    pub fn is_tool_error(&self) -> bool {
        self.kind() == ErrorKind::Tool
    }

    /// The server has no resource of the URI that was read or watched, whichever way its revision has to say so: -32002
    /// until 2025-11-25, -32602 since (2026-07-28, resources, *Error Handling*).
    pub fn is_not_found(&self) -> bool {
        self.0.not_found
    }

    /// What the server answered, if it answered with an error: code, message, data.
    pub fn rejection(&self) -> Option<&ErrorObject> {
        self.0.rejection.as_ref()
    }

    /// The HTTP status, if that was all the server answered. 401 and 403 say that credentials are missing.
    pub fn http_status(&self) -> Option<u16> {
        self.0.status
    }

    /// How long the server asks to wait before the request is made again, if it says so (`Retry-After`, RFC 9110,
    /// section 10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What credentials the server wants, if it says so with status 401 or 403: its `WWW-Authenticate` headers as one list,
    /// at most 4096 characters (RFC 9110, section 11.6.1; RFC 6750, section 3).
    pub fn www_authenticate(&self) -> Option<&str> {
        self.0.challenge.as_deref()
    }

    fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self(Arc::new(Failure {
            kind,
            message,
            rejection: None,
            not_found: false,
            status: None,
            retry_after: None,
            challenge: None,
            source: None,
        }))
    }

    pub(crate) fn timeout(what: &str, after: Duration) -> Self {
        Self::new(
            ErrorKind::Timeout,
            format!("{what} was not answered within {after:?}: allow more time with `timeout`, or ask the server why"),
        )
    }

    pub(crate) fn closed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Closed, message)
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "the client was closed while the request was in flight")
    }

    pub(crate) fn transport(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Transport, message)
    }

    #[cfg(feature = "http")]
    pub(crate) fn status(status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Transport, message).with(|failure| failure.status = Some(status))
    }

    pub(crate) fn version(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Version, message)
    }

    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Input, message)
    }

    pub(crate) fn tool(text: String) -> Self {
        Self::new(ErrorKind::Tool, text)
    }

    pub(crate) fn unanswered(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unanswered, message)
    }

    pub(crate) fn rejected(error: ErrorObject) -> Self {
        let message = format!("the server answered with an error ({}): {}", error.code, error.message);
        Self::new(ErrorKind::Rejected, message).with(|failure| failure.rejection = Some(error))
    }

    /// Says that what the server refused was a resource that it does not have.
    #[must_use]
    pub(crate) fn not_found(self, not_found: bool) -> Self {
        self.with(|failure| failure.not_found = not_found)
    }

    /// Adds how long the server asks to wait.
    #[cfg(feature = "http")]
    #[must_use]
    pub(crate) fn retry_in(self, wait: Option<Duration>) -> Self {
        self.with(|failure| failure.retry_after = wait)
    }

    /// Adds what credentials the server asks for.
    #[cfg(feature = "http")]
    #[must_use]
    pub(crate) fn challenged(self, challenge: Option<String>) -> Self {
        self.with(|failure| failure.challenge = challenge)
    }

    /// Adds what led to it, if that is not known by its type.
    #[cfg(feature = "http")]
    #[must_use]
    pub(crate) fn because_of(self, source: Box<dyn StdError + Send + Sync>) -> Self {
        self.with(|failure| failure.source = Some(source.into()))
    }

    #[must_use]
    pub(crate) fn because(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.with(|failure| failure.source = Some(Arc::new(source)))
    }

    /// Adds where in a longer undertaking it happened.
    #[must_use]
    pub(crate) fn during(self, what: &str) -> Self {
        self.with(|failure| failure.message = format!("{what}: {}", failure.message).into())
    }

    /// Changes this one, and no clone of it.
    fn with(mut self, change: impl FnOnce(&mut Failure)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_says_the_same_and_is_not_changed_with_the_original() {
        let first = Error::transport("no connection").because(std::io::Error::other("refused"));
        let clone = first.clone();
        let first = first.during("a call");
        assert_eq!(
            (first.to_string().as_str(), clone.to_string().as_str()),
            ("a call: no connection", "no connection")
        );
        for error in [&first, &clone] {
            assert_eq!(error.kind(), ErrorKind::Transport);
            assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("refused"));
        }
    }

    #[test]
    fn every_kind_is_one_and_no_other() {
        let rejection = ErrorObject { code: -32602, message: "no such tool".into(), data: None };
        let kinds = [
            (Error::timeout("tools/call", Duration::from_secs(1)), ErrorKind::Timeout),
            (Error::closed("gone"), ErrorKind::Closed),
            (Error::cancelled(), ErrorKind::Cancelled),
            (Error::transport("cut"), ErrorKind::Transport),
            (Error::version("none in common"), ErrorKind::Version),
            (Error::invalid("no result"), ErrorKind::Invalid),
            (Error::input("no object"), ErrorKind::Input),
            (Error::tool("disk full".to_owned()), ErrorKind::Tool),
            (Error::unanswered("refused"), ErrorKind::Unanswered),
            (Error::rejected(rejection), ErrorKind::Rejected),
        ];
        for (error, kind) in kinds {
            assert_eq!(error.kind(), kind);
            let questions = [
                (error.is_timeout(), ErrorKind::Timeout),
                (error.is_closed(), ErrorKind::Closed),
                (error.is_cancelled(), ErrorKind::Cancelled),
                (error.is_transport(), ErrorKind::Transport),
                (error.is_invalid(), ErrorKind::Invalid),
                (error.is_tool_error(), ErrorKind::Tool),
                (error.rejection().is_some(), ErrorKind::Rejected),
            ];
            for (holds, of) in questions {
                assert_eq!(holds, kind == of, "{error}");
            }
        }
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_server_that_is_busy_says_how_long() {
        let error = Error::status(503, "busy").retry_in(Some(Duration::from_secs(7)));
        assert_eq!((error.http_status(), error.retry_after()), (Some(503), Some(Duration::from_secs(7))));
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert_eq!(Error::transport("cut").retry_after(), None);
    }
}
