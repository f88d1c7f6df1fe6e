//! What concerns the connection as a whole: whether the server is there, and what it logs.

use mcp_core::{era::Method, model::LogLevel};

use super::{
    call::{Asked, Call},
    mcp_client::McpClient,
};

impl McpClient {
    /// Asks whether the server is there; await it to ask. The newest revision has no request for that alone, so that there
    /// the server is asked what it is (2025-11-25, ping; 2026-07-28, `server/discover`).
    ///
    /// # Errors
    ///
    /// As [`Call`]'s.
    pub fn ping(&self) -> Call<()> {
        self.call(Method::Ping.name(), Ok(Asked::Ping), |came| came.reply.read())
    }

    /// Changes from which level on log messages are wanted, for a client that hears them
    /// ([`ClientBuilder::on_log`](crate::ClientBuilder::on_log)); await it to do so.
    ///
    /// A server with sessions is told at once (2025-11-25, logging, *Setting Log Level*). Since 2026-07-28 every request says
    /// so for itself, and all that follow do: then nothing is asked here.
    ///
    /// # Errors
    ///
    /// As [`Call`]'s; [`ErrorKind::Input`](crate::ErrorKind::Input) if nobody hears them.
    pub fn set_log_level(&self, level: LogLevel) -> Call<()> {
        self.call(Method::SetLevel.name(), Ok(Asked::LogLevel(level)), |came| came.reply.read())
    }
}
