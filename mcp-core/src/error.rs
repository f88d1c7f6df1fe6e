//! What a peer is told when a request fails: a closed kind, a sentence, and optional data.

use std::borrow::Cow;

use serde_json::{Value, json};

/// A failure that crosses the wire as a JSON-RPC error object.
///
/// The kind says what went wrong in words that hold in every revision of the protocol; its number is chosen
/// where the answer is written. Use the constructors: they are the vocabulary.
///
/// ```
/// use mcp_core::{Error, ErrorKind};
///
/// let error = Error::invalid_params("unknown tool `ad`: list the tools with tools/list");
/// assert_eq!(error.kind(), ErrorKind::InvalidParams);
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
    data: Option<Box<Value>>,
    #[cfg(feature = "http")]
    http: Option<Box<(http::StatusCode, http::HeaderMap)>>,
}

/// The kinds of protocol failure. Closed: a `match` on it need not have a wildcard arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The bytes are not JSON (-32700).
    Parse,
    /// The JSON is no JSON-RPC message, or it may not be sent now (-32600).
    InvalidRequest,
    /// No such method here (-32601).
    MethodNotFound,
    /// The method exists, its parameters do not fit (-32602).
    InvalidParams,
    /// The arguments of a tool call do not fit the tool. Some revisions report this as a result that the model reads,
    /// others as -32602 (2026-07-28, server/tools, "Error Handling").
    InvalidArguments,
    /// The handler failed in a way that is no business of the peer (-32603).
    Internal,
    /// No resource has that URI; its number differs between revisions.
    ResourceNotFound,
    /// An HTTP header contradicts the body (-32020).
    HeaderMismatch,
    /// The request needs a client capability that was not declared (-32021).
    MissingCapability,
    /// The protocol version named by the request is not served here (-32022).
    UnsupportedVersion,
    /// A number outside the protocol's own, for errors that the application defines. JSON-RPC leaves it the
    /// numbers outside -32768 … -32000.
    Application(i64),
}

impl Error {
    /// An error of any kind. `message` is one sentence that says what to do.
    // Cold, as whatever makes an error is: the code that leads here is laid out beside that which goes well.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
            data: None,
            #[cfg(feature = "http")]
            http: None,
        }
    }

    /// The bytes are not JSON.
    #[cold]
    pub fn parse(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Parse, message)
    }

    /// The message is not one that may be sent, or not now.
    #[cold]
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// The method does not exist here.
    #[cold]
    pub fn method_not_found(method: &str) -> Self {
        Self::new(ErrorKind::MethodNotFound, format!("method not found: {}", shown(method)))
    }

    /// The parameters do not fit the method.
    #[cold]
    pub fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidParams, message)
    }

    /// The arguments of a tool call do not fit. `message` is for the model: it lists every problem.
    #[cold]
    pub fn invalid_arguments(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidArguments, message)
    }

    /// Something failed that the peer cannot mend. Keep secrets and causes out of `message`: it is sent.
    #[cold]
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// No resource has this URI (2026-07-28, server/resources, "Error Handling"; 2025-11-25, server/resources, "Error
    /// Handling").
    #[cold]
    pub fn resource_not_found(uri: &str) -> Self {
        Self::new(ErrorKind::ResourceNotFound, format!("resource not found: {}", shown(uri)))
            .with_data(json!({"uri": uri}))
    }

    /// Replaces the sentence.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// Adds the `data` member.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = Some(Box::new(data));
        self
    }

    /// Gives the error a status and headers of its own where it answers an HTTP request: 429 with `Retry-After`, or 403
    /// with `WWW-Authenticate` (RFC 9110, sections 10.2.3 and 11.6.1). Without them the kind says the status, which mostly
    /// is 200. They mean nothing over other transports, nor once the answer has begun as a stream of events, and a
    /// status below 400 is no error and is not taken. What frames the answer, such as `Content-Length`, is not taken
    /// either.
    ///
    /// ```
    /// # #[cfg(feature = "http")] {
    /// use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
    /// use mcp_core::Error;
    ///
    /// let wait = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("5"))]);
    /// let error = Error::internal("too many calls: wait 5 seconds").with_http(StatusCode::TOO_MANY_REQUESTS, wait);
    /// assert_eq!(error.http_status(), Some(StatusCode::TOO_MANY_REQUESTS));
    /// # }
    /// ```
    #[cfg(feature = "http")]
    #[must_use]
    pub fn with_http(mut self, status: http::StatusCode, mut headers: http::HeaderMap) -> Self {
        use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
        for framing in [CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING] {
            headers.remove(framing);
        }
        self.http = status.as_u16().ge(&400).then(|| Box::new((status, headers)));
        self
    }

    /// The status that [`with_http`](Self::with_http) gave it.
    #[cfg(feature = "http")]
    pub fn http_status(&self) -> Option<http::StatusCode> {
        self.http.as_deref().map(|(status, _)| *status)
    }

    /// The headers that [`with_http`](Self::with_http) gave it.
    #[cfg(feature = "http")]
    pub fn http_headers(&self) -> Option<&http::HeaderMap> {
        self.http.as_deref().map(|(_, headers)| headers)
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The sentence for the reader.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The `data` member, if there is one.
    pub fn data(&self) -> Option<&Value> {
        self.data.as_deref()
    }
}

/// The most characters of somebody else's text that a sentence shows.
const SHOWN: usize = 256;

/// So much of a peer's text as a sentence may show: one line of at most 256 characters. Use it for whatever a message
/// repeats of its input.
///
/// ```
/// use mcp_core::error::shown;
///
/// assert_eq!(shown("a\r\nb"), "a  b");
/// assert_eq!(shown(&"x".repeat(1000)).chars().count(), 256);
/// ```
pub fn shown(text: &str) -> Cow<'_, str> {
    let line = one_line(text);
    match line.char_indices().nth(SHOWN) {
        None => line,
        Some(_) => line.chars().take(SHOWN - 1).chain(['…']).collect::<String>().into(),
    }
}

/// The same of a sentence that repeats a peer's text, and says at its end what matters: its middle gives way.
///
/// ```
/// use mcp_core::error::excerpt;
///
/// let sentence = format!("invalid type: string \"{}\", expected i64", "x".repeat(1000));
/// assert_eq!(excerpt(&sentence).chars().count(), 256);
/// assert!(excerpt(&sentence).ends_with("expected i64"));
/// ```
pub fn excerpt(text: &str) -> Cow<'_, str> {
    const END: usize = 96;
    let line = one_line(text);
    let count = line.chars().count();
    if count <= SHOWN {
        return line;
    }
    let begin = line.chars().take(SHOWN - END - 1);
    begin.chain(['…']).chain(line.chars().skip(count - END)).collect::<String>().into()
}

/// The text on one line: a space for each character that ends a line, or is none to be shown.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    let breaks = |char: char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}');
    if text.contains(breaks) { text.replace(breaks, " ").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_shows_one_line_of_bounded_length() {
        assert_eq!(shown("unknown tool `ü`"), "unknown tool `ü`");
        assert_eq!(shown("a\r\nb\u{2028}c\u{85}\0"), "a  b c  ");
        assert_eq!(shown(&"é".repeat(SHOWN)), "é".repeat(SHOWN));
        assert_eq!(shown(&"é".repeat(SHOWN + 1)), "é".repeat(SHOWN - 1) + "…");
        let long = format!("invalid type: string \"{}\n\", expected i64", "x".repeat(1 << 20));
        let excerpt = excerpt(&long);
        assert_eq!(excerpt.chars().count(), SHOWN);
        assert!(
            excerpt.starts_with("invalid type: string \"x") && excerpt.ends_with("x \", expected i64"),
            "{excerpt}"
        );
    }

    #[test]
    fn errors_show_no_more_of_their_input() {
        let long = "a\nb".repeat(1000);
        for error in [Error::method_not_found(&long), Error::resource_not_found(&long)] {
            assert!(error.message().chars().count() < 300 && !error.message().contains('\n'), "{error}");
        }
    }
}
