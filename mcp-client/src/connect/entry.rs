//! `McpClient::connect_*`, and the same on a builder.

#[cfg(unix)]
use std::path::PathBuf;
use std::sync::Arc;

use mcp_core::transport::Accept;
use tokio::process::Command;

use super::{in_process, stdio};
use crate::{
    builder::ClientBuilder,
    client::McpClient,
    connection::Connector,
    era::find_on_pipe,
    error::Result,
    link::{Link, Reconnect},
};

/// What a client calls itself that was given no name.
fn anonymous() -> ClientBuilder {
    McpClient::builder("mcp-client", env!("CARGO_PKG_VERSION"))
}

impl McpClient {
    /// Connects to the server behind a URL, and finds out which revision of the protocol it speaks.
    ///
    /// # Errors
    ///
    /// [`Error::is_transport`](crate::Error::is_transport) if there is no server, or it wants credentials
    /// ([`Error::http_status`](crate::Error::http_status) 401, 403);
    /// [`Error::is_invalid`](crate::Error::is_invalid) if the URL is none, or the two have no protocol version in
    /// common. Dropping the future gives the attempt up.
    #[cfg(feature = "http")]
    pub async fn connect_http(url: impl AsRef<str>) -> Result<Self> {
        Box::pin(anonymous().connect_http(url)).await
    }

    /// Starts a server as a child process, and finds out which revision of the protocol it speaks.
    ///
    /// The command may be `tokio`'s or the standard library's. Of this program's environment the child sees only what
    /// every program needs (`PATH`, `HOME` and their like) and what the command itself sets: secrets of this program are
    /// no server's business. [`ClientBuilder::env`] adds to it, [`ClientBuilder::inherit_env`] passes all of it on. What
    /// the child writes to stderr is forwarded to `tracing`, with the target `mcp_client::stderr`, at the level `DEBUG`.
    ///
    /// The child is owned by the client: it runs in a
    /// process group of its own, and is ended and reaped with the client on every path, a failed connect and a
    /// panic included. A server that exits on a question it does not know is started a second time.
    ///
    /// # Errors
    ///
    /// [`Error::is_transport`](crate::Error::is_transport) if the command cannot be started;
    /// [`Error::is_closed`](crate::Error::is_closed) if the server exited, with its exit status and the last it
    /// wrote to stderr; [`Error::is_timeout`](crate::Error::is_timeout) if it is silent. Dropping the future
    /// kills the child.
    pub async fn connect_stdio(command: impl Into<Command>) -> Result<Self> {
        Box::pin(anonymous().connect_stdio(command)).await
    }

    /// Connects to a server in this process: for tests, and for servers that come as libraries.
    ///
    /// # Errors
    ///
    /// As a call's, if the server does not answer.
    pub async fn connect_in_process(server: &(impl Accept + Sync + ?Sized)) -> Result<Self> {
        Box::pin(anonymous().connect_in_process(server)).await
    }
}

impl ClientBuilder {
    /// Connects as [`McpClient::connect_http`] does.
    ///
    /// # Errors
    ///
    /// As there; also if a header cannot be sent.
    #[cfg(feature = "http")]
    pub async fn connect_http(self, url: impl AsRef<str>) -> Result<McpClient> {
        let identity = self.checked_identity()?;
        let endpoint = super::http::endpoint(url.as_ref(), &self.http, &identity.limits)?;
        let found = Box::pin(crate::era::find_over_http(endpoint, identity)).await?;
        Ok(McpClient::new(Link::new(found, None, &identity.limits), identity))
    }

    /// Connects as [`McpClient::connect_stdio`] does.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn connect_stdio(self, command: impl Into<Command>) -> Result<McpClient> {
        let identity = self.checked_identity()?;
        let connector =
            stdio::Stdio::new(command.into(), &self.environment, self.stderr.clone(), identity.limits.clone());
        Box::pin(self.connect(connector)).await
    }

    /// Connects as [`McpClient::connect_in_process`] does.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn connect_in_process(self, server: &(impl Accept + Sync + ?Sized)) -> Result<McpClient> {
        let identity = self.checked_identity()?;
        let connector = in_process::InProcess { server, limits: identity.limits.clone() };
        Box::pin(self.connect_once(&connector)).await
    }

    /// Connects to a server in this process that the client keeps, so that it can connect to it again: see
    /// [`restart`](Self::restart). Otherwise as [`McpClient::connect_in_process`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn connect_shared<S>(self, server: Arc<S>) -> Result<McpClient>
    where
        S: Accept + Send + Sync + ?Sized + 'static,
    {
        let identity = self.checked_identity()?;
        let connector = in_process::InProcess { server, limits: identity.limits.clone() };
        Box::pin(self.connect(connector)).await
    }

    /// Connects to the server behind a Unix socket, one message per line in both directions, and finds out which revision of
    /// the protocol it speaks. If it closes the connection it is connected to again, if that is wanted: see
    /// [`restart`](Self::restart).
    ///
    /// # Errors
    ///
    /// [`Error::is_transport`](crate::Error::is_transport) if nobody listens there; otherwise as
    /// [`connect_io`](Self::connect_io). Dropping the future closes the connection.
    #[cfg(unix)]
    pub async fn connect_unix(self, path: impl Into<PathBuf>) -> Result<McpClient> {
        let identity = self.checked_identity()?;
        let connector = super::unix::Unix { path: path.into(), limits: identity.limits.clone() };
        Box::pin(self.connect(connector)).await
    }

    /// Connects by a way that is kept, to connect again.
    async fn connect(self, connector: impl Connector + 'static) -> Result<McpClient> {
        let Self { identity, restart, .. } = self;
        let found = Box::pin(find_on_pipe(&connector, &identity)).await?;
        let reconnect = Reconnect { connector: Box::new(connector), identity: identity.clone(), restart };
        Ok(McpClient::new(Link::new(found, Some(reconnect), &identity.limits), &identity))
    }

    /// Connects by a way that cannot be kept.
    pub(super) async fn connect_once(&self, connector: &dyn Connector) -> Result<McpClient> {
        let identity = &self.identity;
        let found = Box::pin(find_on_pipe(connector, identity)).await?;
        Ok(McpClient::new(Link::new(found, None, &identity.limits), identity))
    }
}
