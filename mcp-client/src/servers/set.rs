//! The set: one list of tools, one way to call them.

use std::{fmt, sync::Arc};

use mcp_core::{model::Tool, sync::lock};
use serde::Serialize;
use std::sync::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    changes::{ServersChanges, Teller},
    config::ServersConfig,
    member::{Member, Order, ServerState, Supervisor},
    names::Names,
};
use crate::{
    builder::ClientBuilder,
    client::{McpClient, ToolResult},
    error::{Error, Result},
};

/// Many servers, each of them up or down on its own.
///
/// Every server is connected by a task of its own, and again when it is gone, with pauses that double from
/// [`Limits::reconnect_first`](crate::Limits::reconnect_first) to [`reconnect_max`](crate::Limits::reconnect_max), for as long as
/// the set lives; a [`Restart`](crate::Restart) of the clients comes before that. Cheap to clone;
/// dropping the last clone ends all servers at once, [`close`](Self::close) in good order.
///
/// ```no_run
/// use mcp_client::{McpClient, Servers, ServersConfig};
/// use serde_json::json;
///
/// # async fn doc() -> Result<(), Box<dyn std::error::Error>> {
/// let config = ServersConfig::read("mcp.json")?;
/// let servers = Servers::connect(&config, McpClient::builder("agent", "1.0.0")).await?;
/// let listed = servers.list_tools().await;
/// for tool in &listed.tools {
///     println!("{}: {}", tool.name, tool.tool.description.as_deref().unwrap_or_default());
/// }
/// for (server, error) in &listed.failed {
///     eprintln!("{server}: {error}");
/// }
/// let result = servers.call_tool("calculator__add", json!({"a": 1, "b": 2})).await?;
/// servers.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Servers(Arc<Inner>);

struct Inner {
    members: Vec<Member>,
    names: Names,
    teller: Arc<Teller>,
    stop: CancellationToken,
    /// Dropped, it ends the tasks.
    tasks: Mutex<JoinSet<()>>,
}

/// The tools of all servers that are up.
#[derive(Debug)]
#[non_exhaustive]
pub struct ServerTools {
    /// The tools, server by server in the order of the configuration.
    pub tools: Vec<ServerTool>,
    /// The servers whose tools are missing, and why.
    pub failed: Vec<(String, Error)>,
}

/// A tool of one of the servers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ServerTool {
    /// The name by which [`Servers::call_tool`] finds it: `server__tool`.
    pub name: String,
    /// The server's name.
    pub server: String,
    /// The tool, as its server defines it.
    pub tool: Tool,
}

impl Servers {
    /// Begins to connect all servers that are not disabled, and returns at once.
    ///
    /// `client` is what every client is: its name, limits and handlers. Headers and variables of its own go to every server.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if the names of two servers cannot be told apart in front of tools.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn start(config: &ServersConfig, client: ClientBuilder) -> Result<Self> {
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let wanted: Vec<_> = config.servers.iter().filter(|server| !server.disabled).cloned().collect();
        let names: Vec<_> = wanted.iter().map(|server| server.name.clone()).collect();
        let names = Names::new(&names, &config.separator)?;
        let (teller, stop) = (Arc::new(Teller::default()), CancellationToken::new());
        let mut tasks = JoinSet::new();
        let mut members = Vec::new();
        for server in wanted {
            let (member, supervisor) = Supervisor::new(server, client.clone(), teller.clone(), stop.clone());
            tasks.spawn(supervisor.run());
            members.push(member);
        }
        drop(client);
        Ok(Self(Arc::new(Inner { members, names, teller, stop, tasks: Mutex::new(tasks) })))
    }

    /// The same, and waits until each server is up or has failed once. A server that fails does not fail the set.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub async fn connect(config: &ServersConfig, client: ClientBuilder) -> Result<Self> {
        let servers = Self::start(config, client)?;
        servers.settled().await;
        Ok(servers)
    }

    /// Waits until no server is being connected. Cancel-safe.
    pub async fn settled(&self) {
        for member in &self.0.members {
            let mut standing = member.standing.clone();
            // Ends with the supervisor, too.
            let _ = standing.wait_for(|standing| !matches!(standing.state, ServerState::Connecting)).await;
        }
    }

    /// The servers' names, in the order of the configuration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.members.iter().map(|member| member.name.as_str())
    }

    /// Where a server stands; `None` if there is none of this name.
    pub fn state(&self, server: &str) -> Option<ServerState> {
        Some(self.member(server)?.standing.borrow().state.clone())
    }

    /// The client of a server, for all else that it can do; `None` if the server is not up. It is another after the server
    /// was connected again.
    pub fn client(&self, server: &str) -> Option<McpClient> {
        self.member(server)?.standing.borrow().client.clone()
    }

    /// Connects a server anew, at once, and waits for what comes of it. A connection that it has is closed before.
    ///
    /// Cancel-safe: once begun, it goes on by itself.
    ///
    /// # Errors
    ///
    /// Why the server is down after that; [`ErrorKind::Input`](crate::ErrorKind::Input) if there is none of this name, and
    /// [`Error::is_closed`] if the set was closed.
    pub async fn reconnect(&self, server: &str) -> Result<()> {
        let member =
            self.member(server).ok_or_else(|| Error::input(format!("there is no server `{server}` in this set")))?;
        let closed = || Error::closed("the set of servers was closed");
        let mut standing = member.standing.clone();
        let (before, under_way) = {
            let now = standing.borrow();
            (now.outcomes, matches!(now.state, ServerState::Connecting))
        };
        if !under_way {
            member.orders.send(Order::Reconnect).await.map_err(|_| closed())?;
        }
        let now = standing.wait_for(|standing| standing.outcomes > before).await.map_err(|_| closed())?;
        match &now.state {
            ServerState::Down { reason, .. } => Err(reason.clone()),
            _ => Ok(()),
        }
    }

    /// News of all servers from now on: which of them, and what changed.
    pub fn changes(&self) -> ServersChanges {
        self.0.teller.stream()
    }

    /// The tools of all servers, which are asked at the same time. A server that is down or fails costs its own tools only.
    ///
    /// Cancel-safe: dropping the future cancels the requests.
    pub async fn list_tools(&self) -> ServerTools {
        let mut asked = JoinSet::new();
        let mut answers: Vec<Option<Result<Vec<Tool>>>> = Vec::new();
        for (index, member) in self.0.members.iter().enumerate() {
            answers.push(None);
            match self.up(member) {
                Ok((client, _)) => {
                    asked.spawn(async move { (index, client.list_tools().await) });
                }
                Err(down) => answers[index] = Some(Err(down)),
            }
        }
        while let Some(answer) = asked.join_next().await {
            if let Ok((index, answer)) = answer {
                answers[index] = Some(answer);
            }
        }
        let mut listed = ServerTools { tools: Vec::new(), failed: Vec::new() };
        for (index, (member, answer)) in self.0.members.iter().zip(answers).enumerate() {
            let server = member.name.clone();
            match answer.unwrap_or_else(|| Err(Error::invalid("the list of tools could not be read"))) {
                Ok(tools) => listed.tools.extend(tools.into_iter().map(|tool| ServerTool {
                    name: self.0.names.qualified(index, &tool.name),
                    server: server.clone(),
                    tool,
                })),
                Err(error) => listed.failed.push((server, error)),
            }
        }
        listed
    }

    /// Calls a tool by its name in this set, such as `calculator__add`. For progress and timeouts use
    /// [`find_tool`](Self::find_tool).
    ///
    /// Cancel-safe as a call is.
    ///
    /// # Errors
    ///
    /// As a call's; [`ErrorKind::Input`](crate::ErrorKind::Input) if no server has such names, and
    /// [`Error::is_closed`] if the server is down.
    pub async fn call_tool(&self, name: &str, arguments: impl Serialize) -> Result<ToolResult> {
        let (index, tool) = self.0.names.split(name).ok_or_else(|| no_server(name))?;
        let member = &self.0.members[index];
        let (client, epoch) = self.up(member)?;
        let called = client.call_tool(tool, arguments).await;
        if let Err(error) = &called
            && error.is_closed()
        {
            // A full queue has such news.
            let _ = member.orders.try_send(Order::Lost(epoch, error.clone()));
        }
        called
    }

    /// The client and the tool's own name that a name in this set stands for.
    ///
    /// # Errors
    ///
    /// As [`call_tool`](Self::call_tool), before the call.
    pub fn find_tool<'a>(&self, name: &'a str) -> Result<(McpClient, &'a str)> {
        let (index, tool) = self.0.names.split(name).ok_or_else(|| no_server(name))?;
        Ok((self.up(&self.0.members[index])?.0, tool))
    }

    /// Ends all connections at the same time, each as [`McpClient::close`] does, and the streams of changes.
    ///
    /// Dropped before its end, all that is left ends at once.
    pub async fn close(&self) {
        self.0.stop.cancel();
        let mut tasks = std::mem::take(&mut *lock(&self.0.tasks));
        while tasks.join_next().await.is_some() {}
        self.0.teller.end();
    }

    fn member(&self, server: &str) -> Option<&Member> {
        self.0.members.iter().find(|member| member.name == server)
    }

    fn up(&self, member: &Member) -> Result<(McpClient, u64)> {
        let standing = member.standing.borrow();
        match (&standing.client, &standing.state) {
            (Some(client), _) => Ok((client.clone(), standing.epoch)),
            (None, ServerState::Down { reason, .. }) => {
                Err(Error::closed(format!("the server `{}` is down: {reason}", member.name)).because(reason.clone()))
            }
            (None, _) => Err(Error::closed(format!("the server `{}` is still being connected", member.name))),
        }
    }
}

fn no_server(name: &str) -> Error {
    Error::input(format!("no server of this set has a tool `{name}`: names begin with the name of a server"))
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let states = self.0.members.iter().map(|member| (&member.name, member.standing.borrow().state.clone()));
        f.debug_map().entries(states).finish()
    }
}
