//! Our server as peers find it, and what must not be left of it.

use std::{
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use mcp_client::McpClient;
use mcp_tests::raw_http::Connection;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{
    case::{Checked, Context, Transport, ensure, expect},
    peers::ends_with_us,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_interop-server");
/// How long the end of a server may take.
const END: Duration = Duration::from_secs(10);
static MARKS: AtomicUsize = AtomicUsize::new(0);

/// A server of ours that a peer reaches by [`OurServer::target`].
pub(crate) enum OurServer {
    /// The peer starts it; it keeps a file while it runs.
    Stdio {
        mark: PathBuf,
    },
    Http {
        child: Child,
        url: String,
    },
}

impl OurServer {
    pub(crate) async fn start(transport: Transport) -> Checked<Self> {
        if transport == Transport::Stdio {
            let number = MARKS.fetch_add(1, Ordering::Relaxed);
            let mark = format!("interop-{}-{number}", std::process::id());
            return Ok(Self::Stdio { mark: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(mark) });
        }
        let mut command = ends_with_us(&Command::new(PROGRAM));
        let mut child = command.args(["http", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().at("our server")?;
        let stderr = child.stderr.take().at("our server's stderr")?;
        let first = BufReader::new(stderr).lines().next_line().await.at("our server")?.at("our server's address")?;
        let url = first.strip_prefix("listening on ").at(&first)?.to_owned();
        Ok(Self::Http { child, url })
    }

    /// What a peer is told: a URL, or a program and its arguments.
    pub(crate) fn target(&self) -> Vec<String> {
        match self {
            Self::Stdio { mark } => vec![PROGRAM.to_owned(), "stdio".to_owned(), mark.display().to_string()],
            Self::Http { url, .. } => vec![url.clone()],
        }
    }

    /// Waits until so many calls of `hold` are alive. A server on pipes has nobody else to tell.
    pub(crate) async fn holds(&self, expected: i64) -> Checked {
        let Self::Http { url, .. } = self else { return Ok(()) };
        let client = McpClient::connect_http(url).await.at("asking our server")?;
        let wait = async {
            loop {
                let held: i64 = client.call_tool("held", ()).await.at("held")?.parse().at("held")?;
                if held == expected {
                    return Ok(());
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        let held = timeout(END, wait).await.at(format_args!("there are not {expected} calls of `hold`"))?;
        client.close().await;
        held
    }

    /// Fails if the peer, which has ended, left something: a process, a session, a server that does not stop.
    pub(crate) async fn nothing_left(self, session: Option<&str>) -> Checked {
        match self {
            Self::Stdio { mark } => {
                let gone = async {
                    while mark.exists() {
                        sleep(Duration::from_millis(20)).await;
                    }
                };
                timeout(END, gone).await.at("our server did not end in order when its peer closed")
            }
            Self::Http { mut child, url } => {
                if let Some(session) = session {
                    let status = ping(&url, session).await?;
                    expect("the status of a session that was ended", &status, &404)?;
                }
                let pid =
                    child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).at("our server's process")?;
                kill_process(pid, Signal::TERM).at("asking our server to end")?;
                let status = timeout(END, child.wait()).await.at("our server does not end")?.at("our server")?;
                ensure(format!("our server ended with {status}"), status.success())
            }
        }
    }
}

async fn ping(url: &str, session: &str) -> Checked<u16> {
    let address = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/mcp")).at(url)?;
    let mut connection = Connection::open(address.parse().at(url)?).await;
    let headers = [("Mcp-Session-Id", session), ("MCP-Protocol-Version", "2025-11-25")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    Ok(connection.post_with(&headers, &ping).await.status)
}
