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

    /// The request needs a client that can do more. `required` is what it would have to declare, as an object of
    /// capabilities holds it (2026-07-28, schema, "MissingRequiredClientCapabilityError").
    ///
    /// ```
    /// use mcp_core::Error;
    /// use serde_json::json;
    ///
    /// let error = Error::missing_capability("this needs a client that can ask its user", json!({"elicitation": {}}));
    /// assert_eq!(error.data(), Some(&json!({"requiredCapabilities": {"elicitation": {}}})));
    /// ```
    #[cold]
    pub fn missing_capability(message: impl Into<Cow<'static, str>>, required: Value) -> Self {
        Self::new(ErrorKind::MissingCapability, message)
            .with_data(Value::from_iter([("requiredCapabilities", required)]))
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

/// So much of a peer's text as a sentence or a log may show: one line of at most 256 characters, of which none is hidden or
/// changes how the others are shown. Use it for whatever a message repeats of its input.
///
/// What ends a line or is another white space of control becomes a space. What cannot be seen is written out, as Rust does:
/// controls, marks of direction (they can show `evil.exe` as `exe.live`), spaces without a width, tags. The joiners by which
/// Persian, the scripts of India and emoji are written stay between characters of such a kind.
///
/// ```
/// use mcp_core::error::shown;
///
/// assert_eq!(shown("a\r\nb"), "a  b");
/// assert_eq!(shown("a\u{202e}b"), r"a\u{202e}b");
/// assert_eq!(shown(&"x".repeat(1000)).chars().count(), 256);
/// ```
pub fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        None => one_line(text),
        // Cut first: what is written out is longer than what was sent.
        Some(_) => one_line(&text.chars().take(SHOWN - 1).chain(['…']).collect::<String>()).into_owned().into(),
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
    let count = text.chars().count();
    if count <= SHOWN {
        return one_line(text);
    }
    let begin = text.chars().take(SHOWN - END - 1);
    one_line(&begin.chain(['…']).chain(text.chars().skip(count - END)).collect::<String>()).into_owned().into()
}

/// The text on one line, as it can be seen; see [`shown`].
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(|char| is_break(char) || is_unseen(char)) {
        return text.into();
    }
    let mut line = String::with_capacity(text.len() + 16);
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            char if is_break(char) => line.push(' '),
            // Words and pictures are spelt with them; without them another one is shown.
            '\u{200c}' | '\u{200d}' if is_joined(before) && is_joined(chars.peek().copied()) => line.push(char),
            char if is_unseen(char) => line.extend(char.escape_unicode()),
            char => line.push(char),
        }
        before = Some(char);
    }
    line.into()
}

/// Whether a character is of those that joiners may stand between: none of the Latin, Greek and Cyrillic letters, where
/// they would only hide. These have the lowest numbers.
fn is_joined(char: Option<char>) -> bool {
    char.is_some_and(|char| char >= '\u{590}' && !is_unseen(char) && !is_break(char))
}

/// White space that is more than a space.
fn is_break(char: char) -> bool {
    matches!(char, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Controls, and the characters of format that are not seen (Unicode, category Cf), or fill a place with nothing.
fn is_unseen(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'
            | '\u{891}' | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_shows_one_line_of_bounded_length() {
        assert_eq!(shown("unknown tool `ü`"), "unknown tool `ü`");
        assert_eq!(shown("a\r\nb\u{2028}c\u{85}\0"), "a  b c \\u{0}");
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
    fn what_is_not_seen_is_written_out() {
        for unseen in [
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{200b}',
            '\u{200f}',
            '\u{9b}',
            '\u{1b}',
            '\u{7f}',
            '\u{feff}',
            '\u{200c}',
            '\u{200d}',
            '\u{1343f}',
            '\u{1bca0}',
            '\u{e0041}',
        ] {
            let written = format!("a\\u{{{:x}}}b", unseen as u32);
            let text = format!("a{unseen}b");
            assert_eq!((shown(&text), excerpt(&text)), (written.as_str().into(), written.as_str().into()));
            // As many as are shown of what is seen.
            let many = text.repeat(1 << 16);
            assert!(shown(&many).len() < 2100 && excerpt(&many).len() < 2100);
            assert!(!shown(&many).contains(unseen) && !excerpt(&many).contains(unseen));
            assert_eq!(Error::method_not_found(&text).message(), format!("method not found: {written}"));
        }
        assert_eq!(shown("naïve — 日本語 👍🏽 שלום"), "naïve — 日本語 👍🏽 שלום");
    }

    #[test]
    fn joiners_stay_where_words_and_pictures_are_spelt_with_them() {
        for text in ["نمی\u{200c}خواهم", "क्\u{200d}ष", "👩\u{200d}👧 is unknown", "❤\u{fe0f}\u{200d}🔥"]
        {
            assert_eq!((shown(text), excerpt(text)), (text.into(), text.into()));
        }
        for (text, line) in [
            ("раура\u{200d}l", "раура\\u{200d}l"),
            ("\u{200c}ی", "\\u{200c}ی"),
            ("ی\u{200c}\u{200c}ی", "ی\\u{200c}\\u{200c}ی"),
            ("ی\u{200c}\nی", "ی\\u{200c} ی"),
        ] {
            assert_eq!(shown(text), line);
        }
    }

    #[test]
    fn errors_show_no_more_of_their_input() {
        let long = "a\nb".repeat(1000);
        for error in [Error::method_not_found(&long), Error::resource_not_found(&long)] {
            assert!(error.message().chars().count() < 300 && !error.message().contains('\n'), "{error}");
        }
    }
}
