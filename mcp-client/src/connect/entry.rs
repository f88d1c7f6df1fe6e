//! `McpClient::connect_*`, and the same on a builder.

use mcp_core::transport::Accept;
use tokio::process::Command;

use super::{in_process, stdio};
use crate::{builder::ClientBuilder, client::McpClient, era::find_on_pipe, error::Result};

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
        anonymous().connect_http(url).await
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
        anonymous().connect_stdio(command).await
    }

    /// Connects to a server in this process: for tests, and for servers that come as libraries.
    ///
    /// # Errors
    ///
    /// As a call's, if the server does not answer.
    pub async fn connect_in_process(server: &(impl Accept + Sync + ?Sized)) -> Result<Self> {
        anonymous().connect_in_process(server).await
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
        Ok(McpClient::new(found, identity))
    }

    /// Connects as [`McpClient::connect_stdio`] does.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn connect_stdio(self, command: impl Into<Command>) -> Result<McpClient> {
        let identity = self.checked_identity()?;
        let mut connector =
            stdio::Stdio::new(command.into(), &self.environment, self.stderr.clone(), identity.limits.clone());
        let found = Box::pin(find_on_pipe(&mut connector, identity)).await?;
        Ok(McpClient::new(found, identity))
    }

    /// Connects as [`McpClient::connect_in_process`] does.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn connect_in_process(self, server: &(impl Accept + Sync + ?Sized)) -> Result<McpClient> {
        let identity = self.checked_identity()?;
        let mut connector = in_process::InProcess { server, limits: identity.limits.clone() };
        let found = Box::pin(find_on_pipe(&mut connector, identity)).await?;
        Ok(McpClient::new(found, identity))
    }
}
