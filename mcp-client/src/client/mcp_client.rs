//! The client itself: what its clones share, what it knows of the server, and the one way to ask it.

use std::{fmt, sync::Arc};

use mcp_core::{
    ProtocolVersion,
    model::{Implementation, LogLevel, Request, ServerCapabilities},
};

use super::output::Outputs;
use crate::{
    cache::{Cache, Question},
    era::{Identity, Replied, Round},
    error::{Error, Result},
    handlers::{LogHandler, RequestOptions},
    limits::Limits,
    link::Link,
};

/// A connection to one server, whichever revision of the protocol it speaks.
///
/// Cheap to clone: clones share the connection, which lives as long as one of them, a call or a
/// [`Subscription`](crate::Subscription) does. Dropping the last ends it at once; a child process is killed and
/// reaped then and there. [`McpClient::close`] ends it in good order.
///
/// ```no_run
/// # async fn doc() -> mcp_client::Result<()> {
/// use mcp_client::McpClient;
/// use serde_json::json;
///
/// let client = McpClient::connect_http("http://127.0.0.1:8080/mcp").await?;
/// for tool in client.list_tools().await? {
///     println!("{}", tool.name);
/// }
/// let sum: i64 = client.call_tool("add", json!({"a": 1, "b": 2})).await?.parse()?;
/// assert_eq!(sum, 3);
/// client.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct McpClient {
    pub(crate) inner: Arc<Inner>,
}

/// What all clones of a client share.
pub(crate) struct Inner {
    pub(crate) link: Link,
    pub(crate) limits: Limits,
    log: Option<LogHandler>,
    pub(super) outputs: Outputs,
    pub(crate) cache: Option<Arc<Cache>>,
}

impl Inner {
    /// Makes a request: everything that a program asks a server goes through here.
    pub(super) async fn ask(&self, request: &Request, options: &mut RequestOptions) -> Result<Replied> {
        options.log_level = self.log.as_ref().map(LogHandler::level);
        // A question with words of the caller's own in `_meta` is another question.
        match (&self.cache, Question::of(request)) {
            (Some(cache), Some(question)) if options.meta.is_empty() => {
                Box::pin(self.ask_unless_kept(cache, &question, request, options)).await
            }
            _ => self.link.ask(request, options).await,
        }
    }

    /// Makes one round of a request, as [`ask`](Self::ask) makes all of them.
    pub(super) async fn ask_once(&self, request: &Request, options: &mut RequestOptions) -> Result<Round> {
        options.log_level = self.log.as_ref().map(LogHandler::level);
        self.link.ask_once(request, options).await
    }

    /// Sets the level, and makes the request that says so if there is one.
    pub(super) async fn set_log_level(&self, level: LogLevel, options: &mut RequestOptions) -> Result<Replied> {
        let log = self.log.as_ref();
        let log = log.ok_or_else(|| Error::input("nobody hears what the server logs: connect with `on_log`"))?;
        let before = log.level();
        // First, so that nothing of what comes with the answer is missed.
        log.set_level(level);
        let era = self.link.era();
        let Some(request) = era.set_log_level(level) else { return Ok(Replied::nothing(era)) };
        let reply = self.ask(&request, options).await;
        if reply.is_err() {
            log.set_level(before);
        }
        reply
    }
}

impl McpClient {
    pub(crate) fn new(link: Link, identity: &Identity) -> Self {
        let (limits, log) = (identity.limits.clone(), identity.log.clone());
        let outputs = Outputs::new(limits.output_schemas);
        let cache = identity.keeping.as_ref().map(|keeping| Arc::new(Cache::new(keeping)));
        Self { inner: Arc::new(Inner { link, limits, log, outputs, cache }) }
    }

    /// The protocol version that was agreed on.
    pub fn version(&self) -> ProtocolVersion {
        self.inner.link.server().version
    }

    /// What the server says it is, if it says so; for display and logs only: nothing proves it. As everything that a server
    /// says about itself, it may be something else after a restart or in a new session.
    pub fn server_info(&self) -> Option<Implementation> {
        self.inner.link.server().info.clone()
    }

    /// What the server offers.
    pub fn capabilities(&self) -> ServerCapabilities {
        self.inner.link.server().capabilities.clone()
    }

    /// What the server says about how to use it: a hint for the model.
    pub fn instructions(&self) -> Option<String> {
        self.inner.link.server().instructions.clone()
    }

    /// Ends the connection in good order, within 5 s whatever the server does.
    ///
    /// Calls in flight fail with [`Error::is_cancelled`], subscriptions end. A child process gets the end of its
    /// input, then a termination signal, then is killed; afterwards it is gone, and so is everything it started
    /// in its process group. A session over HTTP is ended on the server.
    ///
    /// Dropped before its end, it has at least begun: drop the client to end the rest at once.
    pub async fn close(&self) {
        self.inner.link.close().await;
    }

    /// Waits until this client can ask nothing any more, and says why: [`McpClient::close`] was called, or its server is gone
    /// and is not to be connected to again (see [`Restart`](crate::Restart)). The error quotes the exit code of a child process
    /// and the last it wrote to stderr.
    ///
    /// Over HTTP only `close` ends a client: a server that cannot be reached now may answer the next request.
    ///
    /// Cancel-safe. Whoever waits holds the client: it does not end by being dropped meanwhile.
    pub async fn closed(&self) -> Error {
        self.inner.link.closed().await
    }
}

impl fmt::Debug for McpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpClient").field("version", &self.version()).field("server", &self.server_info()).finish()
    }
}
