//! Whether a server that is gone is connected to again, and how.

use crate::{connection::Connector, era::Identity, limits::Limits, timing::Backoff};

/// What a client does when its server is gone by itself: its process has exited, or its socket was closed.
///
/// Calls in flight fail at once in either case, and say why; only what reads (lists, prompts, resources, completions, pings)
/// is asked once more on the next connection, and tools only with [`retrying_tools`](Restart::retrying_tools). With a restart later calls wait for the new server, and
/// subscriptions go on there: everything that was asked for is reported once, since what happened in between is unknown.
/// Before each attempt there is a pause of random length, up to a bound that doubles from
/// [`Limits::reconnect_first`](crate::Limits::reconnect_first) to
/// [`Limits::reconnect_max`](crate::Limits::reconnect_max). Attempts count until a server has lived for
/// [`Limits::reconnect_healthy`](crate::Limits::reconnect_healthy), so that one which dies again and again is given up.
///
/// Over HTTP this has no meaning: there each request makes its own connection, and a session that the server has forgotten
/// is always opened anew.
///
/// ```no_run
/// # async fn doc() -> mcp_client::Result<()> {
/// use mcp_client::{Command, McpClient, Restart};
///
/// let client = McpClient::builder("agent", "1.0.0")
///     .restart(Restart::at_most(5))
///     .connect_stdio(Command::new("my-server"))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Restart {
    pub(super) tries: u32,
    pub(super) retries_tools: bool,
}

impl Restart {
    /// The client ends with its server. The default.
    pub const fn never() -> Self {
        Self { tries: 0, retries_tools: false }
    }

    /// The server is started, or connected to, again: at most so many times in a row.
    pub const fn at_most(tries: u32) -> Self {
        Self { tries, retries_tools: false }
    }

    /// Also makes a tool call that was in flight once more on the next connection, if the tool was listed as one that reads
    /// only (`readOnlyHint`) or that may be called twice (`idempotentHint`). The server alone says so, and nothing proves it
    /// (2026-07-28, tools, *Tool Annotations*): ask for this only if you trust it.
    #[must_use]
    pub const fn retrying_tools(mut self) -> Self {
        self.retries_tools = true;
        self
    }
}

/// How a pipe is connected to again.
pub(crate) struct Reconnect {
    pub(crate) connector: Box<dyn Connector>,
    pub(crate) identity: Identity,
    pub(crate) restart: Restart,
}

impl Reconnect {
    pub(super) fn backoff(&self) -> Backoff {
        Backoff::new(&Limits { reconnect_tries: self.restart.tries, ..self.identity.limits.clone() })
    }
}
