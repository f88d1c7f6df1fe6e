//! A server of somebody else's that our client meets.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use mcp_client::{ClientBuilder, McpClient};
use rustix::process::{Pid, test_kill_process};
use tokio::{process::Command, time::timeout};

use crate::{
    case::{Checked, Context, ensure},
    peers::{Running, here, started},
};

/// How long a server may take to listen, and a client to close.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A server of somebody else's.
pub(crate) enum Peer {
    /// To be started by our client.
    Stdio(Command),
    Http {
        url: String,
        _server: Running,
    },
}

impl Peer {
    /// Starts a server that says where it listens.
    pub(crate) async fn listening(server: Command) -> Checked<Self> {
        let (server, line) = started(server, "listening on ").await?;
        let url = line.split_once("listening on ").map(|(_, url)| url.to_owned()).at(&line)?;
        Ok(Self::Http { url, _server: server })
    }

    /// Connects, talks and closes. Of a child nothing is left.
    pub(crate) async fn meet(self, builder: ClientBuilder, talk: impl AsyncFnOnce(McpClient) -> Checked) -> Checked {
        let (client, child) = match &self {
            Self::Stdio(server) => {
                let mark = mark();
                let client = builder.connect_stdio(telling_its_id(server, &mark)).await.at("connecting")?;
                (client, Some(id_in(&mark)?))
            }
            Self::Http { url, .. } => (builder.connect_http(url).await.at("connecting")?, None),
        };
        let talked = talk(client.clone()).await;
        timeout(PATIENCE, client.close()).await.at("closing")?;
        talked?;
        match child {
            Some(id) => ensure("the child is still there", test_kill_process(id).is_err()),
            None => Ok(()),
        }
    }
}

/// Where a child writes its id down.
pub(crate) fn mark() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("peer-{}", std::process::id()))
}

/// The id that a child has written down when it has answered.
pub(crate) fn id_in(mark: &Path) -> Checked<Pid> {
    let id = std::fs::read_to_string(mark).at("the child's id")?;
    std::fs::remove_file(mark).at("the child's id")?;
    Pid::from_raw(id.trim().parse().at("the child's id")?).at("the child's id")
}

/// The same command, by a shell that writes its id down before it becomes the server.
pub(crate) fn telling_its_id(server: &Command, mark: &Path) -> Command {
    let server = server.as_std();
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"echo $$ >"$0"; exec "$@""#]).arg(mark).arg(server.get_program()).args(server.get_args());
    for (name, value) in server.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell.current_dir(here());
    shell
}
