//! One question to a server and its answer, in words that hold in every revision.

mod input;

use std::{
    any::Any,
    fmt,
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

use crate::{
    json::RawJson,
    jsonrpc::Params,
    model::{ClientCapabilities, Implementation, LogLevel, ProgressToken, Request, ServerResult},
    sink::NotificationSink,
    version::ProtocolVersion,
};

pub use input::{InputRequest, InputRequired, Resume};

/// Who is behind a request: a user, a client, a tenant, by the name under which the host application has let it in.
///
/// Over HTTP, a middleware in front of the endpoint that checks credentials puts it into the extensions of the request.
/// Calls then know it as [`Caller::principal`], and a session belongs to the principal that opened it: to all others it
/// does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal(Arc<str>);

impl Principal {
    /// The principal of that name. Names are compared letter by letter; include the issuer if there is more than one.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who asks, as far as the request or its session says.
#[derive(Debug)]
pub struct Caller {
    version: ProtocolVersion,
    /// `None` for none. Boxed, like the next, because they are large, rarely looked at, and moved with every request.
    capabilities: Option<Box<ClientCapabilities>>,
    client: OnceLock<Option<Box<Implementation>>>,
    raw_client: Option<RawJson>,
    principal: Option<Principal>,
    /// Its place in `LogLevel::ALL` and one; 0 for none. A session's caller may change it.
    log_level: AtomicU8,
}

impl Caller {
    /// A caller that speaks `version` and has not said who it is.
    pub fn new(version: ProtocolVersion, capabilities: ClientCapabilities) -> Self {
        let declares = capabilities != ClientCapabilities::default();
        Self::declaring(version, declares.then(|| Box::new(capabilities)))
    }

    /// As [`new`](Self::new); `None` for a caller that declares nothing.
    pub(crate) fn declaring(version: ProtocolVersion, capabilities: Option<Box<ClientCapabilities>>) -> Self {
        Self {
            version,
            capabilities,
            client: OnceLock::new(),
            raw_client: None,
            principal: None,
            log_level: AtomicU8::new(0),
        }
    }

    /// All that a request which stands alone says of its caller. At once: with one value after the other the caller would
    /// be moved as often.
    pub(crate) fn of_request(
        version: ProtocolVersion,
        capabilities: Option<Box<ClientCapabilities>>,
        raw_client: Option<RawJson>,
        level: Option<LogLevel>,
        principal: Option<Principal>,
    ) -> Self {
        let log_level = AtomicU8::new(level.map_or(0, LogLevel::number));
        Self { version, capabilities, client: OnceLock::new(), raw_client, principal, log_level }
    }

    /// Adds who is behind the request.
    #[must_use]
    pub fn with_principal(mut self, principal: Option<Principal>) -> Self {
        self.principal = principal;
        self
    }

    /// Who is behind the request, as far as the host application has found out; unlike [`client`](Self::client) this is
    /// no word of the client's own.
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// Adds what the client says about itself, decoded when somebody asks for it.
    #[must_use]
    pub fn with_client(mut self, client: Option<RawJson>) -> Self {
        self.raw_client = client;
        self
    }

    /// Adds what the client says about itself, decoded already.
    #[must_use]
    pub(crate) fn with_known_client(mut self, client: Option<Implementation>) -> Self {
        self.client = OnceLock::from(client.map(Box::new));
        self
    }

    /// The same caller, who holds nothing of the frame that it came in: for what outlives the request.
    #[must_use]
    pub fn into_kept(mut self) -> Self {
        self.raw_client = self.raw_client.map(|raw| raw.copied());
        self
    }

    /// How much memory is held for the caller, in bytes, as long as it lives: what a session counts.
    pub fn kept_bytes(&self) -> usize {
        let capabilities = self.capabilities.as_ref().map_or(0, |capabilities| capabilities.kept_bytes());
        let client = self.client.get().and_then(Option::as_ref).map_or(0, |client| client.kept_bytes());
        let raw = self.raw_client.as_ref().map_or(0, |raw| raw.as_str().len());
        size_of::<Self>() + capabilities + client + raw
    }

    /// Sets from which level on it wants log messages; `None` if it wants none (2026-07-28, server/utilities/logging,
    /// "Per-request log level").
    #[must_use]
    pub fn with_log_level(mut self, level: Option<LogLevel>) -> Self {
        *self.log_level.get_mut() = level.map_or(0, LogLevel::number);
        self
    }

    /// From now on it wants log messages of this level and above, also of calls that run (2025-11-25,
    /// server/utilities/logging, "Setting Log Level").
    pub fn set_log_level(&self, level: LogLevel) {
        self.log_level.store(level.number(), Ordering::Relaxed);
    }

    /// From which level on it wants log messages; `None` if it wants none.
    pub fn log_level(&self) -> Option<LogLevel> {
        LogLevel::of_number(self.log_level.load(Ordering::Relaxed))
    }

    /// The protocol version of this request.
    pub fn version(&self) -> ProtocolVersion {
        self.version
    }

    /// What the client declared for this request, or for its session.
    pub fn capabilities(&self) -> &ClientCapabilities {
        static NONE: LazyLock<ClientCapabilities> = LazyLock::new(ClientCapabilities::default);
        self.capabilities.as_deref().unwrap_or(&NONE)
    }

    /// What the client says it is; for display and logs only (2026-07-28, basic, "`_meta`").
    pub fn client(&self) -> Option<&Implementation> {
        self.client.get_or_init(|| self.raw_client.as_ref()?.parse().ok()).as_deref()
    }
}

/// One question: what is asked, by whom, and where its notifications go.
#[non_exhaustive]
pub struct Call {
    /// What is asked.
    pub request: Request,
    /// Who asks.
    pub caller: Arc<Caller>,
    /// Where the call's own notifications go. `None` if the caller wants none.
    pub notifications: Option<CallNotifications>,
    /// What came with the question.
    pub metadata: CallMetadata,
    /// What the client brings if it asks again, with answers to questions. `None` for nothing, as in most calls.
    pub resume: Option<Box<Resume>>,
    /// What a server keeps with the call on its way through layers; see [`Call::keep`].
    kept: Option<Box<dyn Any + Send + Sync>>,
}

/// What came with a call besides its question: `_meta`, and over HTTP the headers and what the host application's
/// middleware attached.
#[derive(Clone, Default)]
pub struct CallMetadata {
    params: Params,
    /// Boxed: it is large, and goes through many hands.
    #[cfg(feature = "http")]
    http: Option<Box<HttpHead>>,
}

/// What came with a call in the HTTP request around it.
#[cfg(feature = "http")]
#[derive(Clone, Default)]
pub struct HttpHead {
    /// The headers of the request.
    pub headers: http::HeaderMap,
    /// What the host application's middleware attached.
    pub extensions: http::Extensions,
}

/// What a header takes besides its name and its value: its places in the map, which doubles as it grows.
#[cfg(feature = "http")]
const HEADER_BYTES: usize = 256;

/// Of calls that came without one.
#[cfg(feature = "http")]
static NO_HEAD: LazyLock<HttpHead> = LazyLock::new(HttpHead::default);

impl CallMetadata {
    /// What the parameters of a request carry. Of a large request only `_meta` is kept.
    pub fn new(params: Params) -> Self {
        Self {
            params: params.into_kept(),
            #[cfg(feature = "http")]
            http: None,
        }
    }

    /// Adds what came with the HTTP request.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn with_http(mut self, head: Box<HttpHead>) -> Self {
        self.attach_http(head);
        self
    }

    /// As [`with_http`](Self::with_http), where it stands.
    #[cfg(feature = "http")]
    pub fn attach_http(&mut self, head: Box<HttpHead>) {
        self.http = Some(head);
    }

    /// The same, holding nothing of the frame and the buffers that it came in, and of the parameters only `_meta`: for what
    /// outlives the request.
    #[must_use]
    pub fn into_kept(mut self) -> Self {
        self.params = self.params.only_meta();
        #[cfg(feature = "http")]
        if let Some(head) = &mut self.http {
            for value in head.headers.values_mut() {
                if let Ok(mut copy) = http::HeaderValue::from_bytes(value.as_bytes()) {
                    copy.set_sensitive(value.is_sensitive());
                    *value = copy;
                }
            }
        }
        self
    }

    /// About how much memory it takes once it [holds nothing else](Self::into_kept), in bytes; what the host application
    /// attached is not counted.
    pub fn kept_bytes(&self) -> usize {
        let bytes = size_of::<Self>() + self.params.bytes();
        #[cfg(feature = "http")]
        let bytes = bytes
            + self.http.as_ref().map_or(0, |head| {
                let each = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
                    HEADER_BYTES + name.as_str().len() + value.len()
                };
                size_of::<HttpHead>() + head.headers.iter().map(each).sum::<usize>()
            });
        bytes
    }

    /// The member `key` of the request's `_meta`.
    pub fn meta(&self, key: &str) -> Option<RawJson> {
        self.params.meta(key)
    }

    /// The headers of the HTTP request; none over other transports.
    #[cfg(feature = "http")]
    pub fn headers(&self) -> &http::HeaderMap {
        &self.head().headers
    }

    /// What the host application's middleware put into the HTTP request, and layers into the call.
    #[cfg(feature = "http")]
    pub fn extensions(&self) -> &http::Extensions {
        &self.head().extensions
    }

    /// As [`extensions`](Self::extensions), to add to them.
    #[cfg(feature = "http")]
    pub fn extensions_mut(&mut self) -> &mut http::Extensions {
        &mut self.http.get_or_insert_default().extensions
    }

    #[cfg(feature = "http")]
    fn head(&self) -> &HttpHead {
        self.http.as_deref().unwrap_or_else(|| &NO_HEAD)
    }
}

/// Shows nothing: headers and extensions hold secrets.
impl fmt::Debug for CallMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallMetadata").finish_non_exhaustive()
    }
}

/// Where a call's progress goes, and under which name.
#[derive(Clone)]
pub struct CallNotifications {
    /// The caller's name for the progress of this call, if it asked for progress (2026-07-28, basic/patterns/progress,
    /// "Progress Flow").
    pub progress_token: Option<ProgressToken>,
    /// The stream of this request, and of no other (2026-07-28, basic/patterns/progress, "Behavior Requirements").
    pub sink: Arc<dyn NotificationSink>,
}

impl Call {
    /// A call whose caller wants no notifications.
    #[inline]
    pub fn new(request: Request, caller: Arc<Caller>) -> Self {
        Self { request, caller, notifications: None, metadata: CallMetadata::default(), resume: None, kept: None }
    }

    /// Adds what came with the question.
    #[must_use]
    #[inline]
    pub fn with_metadata(mut self, metadata: CallMetadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Adds what the client brings that asks again.
    #[must_use]
    #[inline]
    pub fn with_resume(mut self, resume: Option<Box<Resume>>) -> Self {
        self.resume = resume;
        self
    }

    /// Adds where notifications go.
    #[must_use]
    #[inline]
    pub fn with_notifications(mut self, notifications: Option<CallNotifications>) -> Self {
        self.notifications = notifications;
        self
    }

    /// Keeps a value of the server's own with the call, out of sight of layers. One at a time.
    pub fn keep<T: Any + Send + Sync>(&mut self, value: T) {
        self.kept = Some(Box::new(value));
    }

    /// Takes what was kept, if it is of this type.
    pub fn take_kept<T: Any + Send + Sync>(&mut self) -> Option<T> {
        self.kept.take()?.downcast().ok().map(|kept| *kept)
    }

    /// The method's name on the wire, such as `tools/call`.
    pub fn method(&self) -> &str {
        self.request.method()
    }

    /// The tool or prompt that is meant, or the URI of the resource; `None` for what names none.
    pub fn name(&self) -> Option<&str> {
        self.request.name()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("request", &self.request).field("caller", &self.caller).finish_non_exhaustive()
    }
}

/// The answer to a [`Call`] that did not fail.
///
/// `#[non_exhaustive]`: a call may end in other ways than complete in later versions of this SDK.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The final answer.
    Complete(ServerResult),
    /// Questions to the client, which asks again with the answers.
    InputRequired(Box<InputRequired>),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call goes through ten hands before its handler begins, and is copied on the way. What is large in it is boxed.
    #[test]
    fn what_is_moved_with_every_call_is_small() {
        let sizes = [size_of::<Params>(), size_of::<crate::jsonrpc::Request>(), size_of::<Caller>(), size_of::<Call>()];
        let most = [8, 80, 80, 224];
        assert!(sizes.iter().zip(most).all(|(size, most)| *size <= most), "{sizes:?} bytes, at most {most:?}");
    }
}
