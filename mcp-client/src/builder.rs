//! What a client is told before it connects.

mod answers;
mod caching;
#[cfg(feature = "http")]
mod http;

use std::{ffi::OsString, sync::Arc, time::Duration};

use mcp_core::{
    ProtocolVersion,
    json::RawJson,
    model::{ClientCapabilities, Implementation, LogLevel, LogMessage, check_extension},
};
use serde::Serialize;

#[cfg(feature = "http")]
use crate::http::HttpOptions;
use crate::{
    client::McpClient,
    connection::Environment,
    era::Identity,
    error::Error,
    handlers::{Handlers, LogHandler, Stderr},
    limits::Limits,
    link::Restart,
};

impl McpClient {
    /// Begins a client that calls itself `name` and `version`.
    pub fn builder(name: impl Into<String>, version: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            identity: Identity {
                info: Implementation::new(name, version),
                capabilities: ClientCapabilities::default(),
                versions: ProtocolVersion::ALL.to_vec(),
                limits: Limits::default(),
                keeping: None,
                log: None,
                handlers: Handlers::default(),
            },
            #[cfg(feature = "http")]
            http: HttpOptions::default(),
            stderr: Stderr::default(),
            environment: Environment::default(),
            restart: Restart::never(),
        }
    }
}

/// A client before it connects.
///
/// ```no_run
/// # async fn doc() -> mcp_client::Result<()> {
/// use std::time::Duration;
///
/// use mcp_client::McpClient;
///
/// let client = McpClient::builder("agent", "1.0.0")
///     .timeout(Duration::from_secs(20))
///     .header("authorization", "Bearer …")
///     .connect_http("https://example.com/mcp")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it connects"]
pub struct ClientBuilder {
    pub(crate) identity: Identity,
    #[cfg(feature = "http")]
    pub(crate) http: HttpOptions,
    pub(crate) stderr: Stderr,
    pub(crate) environment: Environment,
    pub(crate) restart: Restart,
}

impl ClientBuilder {
    /// Describes the client with more than a name: title, icons, home page.
    pub fn implementation(mut self, implementation: Implementation) -> Self {
        self.identity.info = implementation;
        self
    }

    /// Speaks this protocol version only. Default: whichever the server speaks, the newest first.
    pub fn version(self, version: ProtocolVersion) -> Self {
        self.versions([version])
    }

    /// Speaks these protocol versions only, whatever their order: the newest that the server speaks is taken.
    pub fn versions(mut self, versions: impl IntoIterator<Item = ProtocolVersion>) -> Self {
        self.identity.versions = versions.into_iter().collect();
        self.identity.versions.sort_unstable();
        self.identity.versions.dedup();
        self
    }

    /// Declares that this client knows an extension, and tells the server its settings: an object, or `()` for none
    /// (2026-07-28, versioning, *Extension Negotiation*). The program calls its methods with [`McpClient::request`].
    ///
    /// # Panics
    ///
    /// If `id` has another form than `com.example/name`, or if the settings are no JSON object.
    #[track_caller]
    #[expect(clippy::panic, reason = "a wrong extension is a mistake in the program, told at the caller's line")]
    pub fn extension(mut self, id: impl Into<String>, settings: impl Serialize) -> Self {
        let id = id.into();
        match check_extension(&id, &settings) {
            Ok(settings) => self
                .identity
                .capabilities
                .extensions
                .insert(&id, RawJson::from_value(&settings).unwrap_or(RawJson::EMPTY_OBJECT)),
            Err(problem) => panic!("{problem}"),
        };
        self
    }

    /// Asks the server for log messages of this level and above, and hears them (logging, *Per-request
    /// log level*; before 2026-07-28 `logging/setLevel`).
    ///
    /// The handler runs where messages are read: it must not block. Text in them is the server's, and no more to be
    /// trusted than that. Without this a server is not asked, and what it logs all the same is passed over.
    pub fn on_log(mut self, level: LogLevel, handler: impl Fn(LogMessage) + Send + Sync + 'static) -> Self {
        self.identity.log = Some(LogHandler::new(level, handler));
        self
    }

    /// How long a request may stay without an answer or progress; the same as [`Limits::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.identity.limits.timeout = timeout;
        self
    }

    /// Replaces every bound and every timeout.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.identity.limits = limits;
        self
    }

    /// Hands over each line that a child process writes to stderr. The handler must not block. What is said there
    /// is no sign of an error (2026-07-28, stdio).
    pub fn on_stderr(mut self, handler: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.stderr = Stderr::Lines(Arc::new(handler));
        self
    }

    /// Sets a variable in the environment of a child process. Without [`inherit_env`](Self::inherit_env) it sees of this
    /// program's environment only what every program needs: where it finds programs (`PATH`), its user, files and
    /// language.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.set.push((name.into(), value.into()));
        self
    }

    /// Passes the whole environment of this program on to a child process, secrets included.
    pub fn inherit_env(mut self) -> Self {
        self.environment.inherits = true;
        self
    }

    /// What to do when the server is gone by itself: a child process that has exited is started again, a Unix socket or a
    /// server in this process connected to again. Default [`Restart::never`].
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Lets a child process write to the stderr of this program. Errors then do not quote it.
    pub fn inherit_stderr(mut self) -> Self {
        self.stderr = Stderr::Inherit;
        self
    }

    /// The client's identity, if there is a version to speak.
    pub(crate) fn checked_identity(&self) -> Result<&Identity, Error> {
        if self.identity.versions.is_empty() {
            return Err(Error::input("the client may speak no protocol version: pass at least one to `versions`"));
        }
        if let Some(roots) = &self.identity.handlers.roots {
            roots.check()?;
        }
        Ok(&self.identity)
    }
}
