//! The official SDKs and two reference servers, as servers of our client.

use std::{path::PathBuf, time::Duration};

use mcp_client::{Change, Changes, ClientBuilder, McpClient, ProtocolVersion, model::Content};
use rustix::process::{Pid, test_kill_process};
use serde_json::{Value, json};
use tokio::{process::Command, time::timeout};

use crate::{
    case::{Case, Checked, Context, Transport, ensure, expect},
    our_client::{self, Lacks},
    peers::{Running, Sdk, free_port, here, package, started},
};

const EVERYTHING: &str = "@modelcontextprotocol/server-everything/dist/index.js";
const FILESYSTEM: &str = "@modelcontextprotocol/server-filesystem/dist/index.js";
/// How long a server may take to listen, and a client to close.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for sdk in Sdk::ALL {
        for &(era, revision) in sdk.eras() {
            for &transport in sdk.transports() {
                let theirs = format!("{} server", sdk.name());
                cases.push(Case::new("client", theirs, transport, revision, with_sdk(sdk, era, revision, transport)));
            }
        }
    }
    for sdk in Sdk::ALL.into_iter().filter(|sdk| !sdk.is_old()) {
        for &(era, revision) in sdk.eras() {
            let theirs = format!("{} server, restarted", sdk.name());
            cases.push(Case::new("client", theirs, Transport::Http, revision, with_restarted(sdk, era)));
        }
    }
    for sdk in Sdk::ALL.into_iter().filter(|&sdk| !sdk.is_old() && sdk != Sdk::TypeScript("2")) {
        let theirs = format!("{} server, no sessions, JSON", sdk.name());
        cases.push(Case::new("client", theirs, Transport::Http, "2025-11-25", with_plain_sdk(sdk)));
    }
    for transport in Transport::BOTH {
        cases.push(Case::new("client", "server-everything", transport, "2025-11-25", with_everything(transport)));
    }
    cases.push(Case::new("client", "server-filesystem", Transport::Stdio, "2025-11-25", with_filesystem()));
    cases
}

async fn with_sdk(sdk: Sdk, era: &str, revision: &str, transport: Transport) -> Checked {
    let mut script = sdk.script("server")?;
    script.arg(transport.name());
    let peer = match transport {
        Transport::Stdio => Peer::Stdio(script),
        Transport::Http => Peer::listening(script).await?,
    };
    let lacks = Lacks {
        state: is_stateless(sdk, transport, era),
        progress: sdk == Sdk::TypeScript("1.9"),
        keywords: sdk.is_old(),
    };
    let talk = async |client: McpClient| {
        expect("the revision", &client.version().to_string().as_str(), &revision)?;
        our_client::talk(&client, lacks).await
    };
    peer.meet(client_for(sdk, era), talk).await
}

/// HTTP without sessions and without streams, as it is often deployed.
async fn with_plain_sdk(sdk: Sdk) -> Checked {
    let mut script = sdk.script("server")?;
    script.arg("plain");
    let talk = async |client: McpClient| {
        our_client::talk(&client, Lacks { state: true, progress: true, ..Lacks::default() }).await
    };
    Peer::listening(script).await?.meet(client_for(sdk, "legacy"), talk).await
}

/// A server that dies, and forgets what it knew. The client need not.
async fn with_restarted(sdk: Sdk, era: &str) -> Checked {
    let port = free_port()?.to_string();
    let serve = async || {
        let mut script = sdk.script("server")?;
        script.arg("http").env("PORT", &port);
        started(script, "listening on ").await
    };
    let url = format!("http://127.0.0.1:{port}/mcp");

    let (mut first, _) = serve().await?;
    let client = client_for(sdk, era).connect_http(&url).await.at("connecting")?;
    let lacks = Lacks { state: is_stateless(sdk, Transport::Http, era), ..Lacks::default() };
    let mut changes = client.listen(Changes::none().tools()).await.at("listen")?;
    expect("add", &our_client::add(&client, 2, 3).await?, &5)?;

    first.child.kill().await.at("killing the server")?;
    let call = timeout(PATIENCE, our_client::add(&client, 2, 3)).await.at("a call without a server")?;
    ensure("a call without a server succeeded", call.is_err())?;

    let _second = serve().await?;
    expect("add, after a restart", &our_client::add(&client, 2, 3).await?, &5)?;
    if !lacks.state {
        // What was missed is unknown, so everything counts as changed.
        let news = timeout(PATIENCE, changes.next()).await.at("no news of the restart")?;
        expect("the news of the restart", &news, &Some(Change::Tools))?;
        client.call_tool("toggle", ()).await.at("toggle")?;
        let news = timeout(PATIENCE, changes.next()).await.at("no news after the restart")?;
        expect("the news after the restart", &news, &Some(Change::Tools))?;
    }
    timeout(PATIENCE, client.close()).await.at("closing")
}

/// In the older era this one keeps nothing between requests.
fn is_stateless(sdk: Sdk, transport: Transport, era: &str) -> bool {
    sdk == Sdk::TypeScript("2") && transport == Transport::Http && era == "legacy"
}

/// A server of both eras is asked for the older one; otherwise the client finds out by itself.
fn client_for(sdk: Sdk, era: &str) -> ClientBuilder {
    let builder = McpClient::builder("interop", "1.0.0");
    let is_told = era == "legacy" && sdk.eras().len() > 1;
    if is_told { builder.version(ProtocolVersion::V2025_11_25) } else { builder }
}

/// The reference server with a bit of everything.
async fn with_everything(transport: Transport) -> Checked {
    let mut server = package(EVERYTHING)?;
    let peer = match transport {
        Transport::Stdio => Peer::Stdio(server),
        Transport::Http => {
            let port = free_port()?;
            server.arg("streamableHttp").env("PORT", port.to_string());
            let (server, _) = started(server, "listening on").await?;
            Peer::Http { url: format!("http://127.0.0.1:{port}/mcp"), _server: server }
        }
    };
    let talk = async |client: McpClient| {
        expect("the revision", &client.version().to_string().as_str(), &"2025-11-25")?;
        let sum = client.call_tool("get-sum", json!({"a": 2, "b": 3})).await.at("get-sum")?.joined_text();
        ensure(format!("get-sum: {sum}"), sum.contains('5'))?;
        let image = client.call_tool("get-tiny-image", ()).await.at("get-tiny-image")?;
        ensure("get-tiny-image", image.content.iter().any(|block| matches!(block, Content::Image(_))))?;
        let links = client.call_tool("get-resource-links", json!({"count": 2})).await.at("get-resource-links")?;
        let is_link = |block: &&Content| matches!(block, Content::ResourceLink(_));
        expect("get-resource-links", &links.content.iter().filter(is_link).count(), &2)?;
        let weather = client.call_tool("get-structured-content", json!({"location": "New York"})).await;
        let weather: Value = weather.at("get-structured-content")?.parse().at("get-structured-content")?;
        ensure(format!("get-structured-content: {weather}"), weather["temperature"].is_number())?;
        let slow = client.call_tool("trigger-long-running-operation", json!({"duration": 0.2, "steps": 2}));
        ensure(
            "a long running operation",
            slow.await.at("a long running operation")?.joined_text().contains("completed"),
        )
    };
    peer.meet(McpClient::builder("interop", "1.0.0"), talk).await
}

/// The reference server of a folder.
async fn with_filesystem() -> Checked {
    let folder = here().join("peers").display().to_string();
    let mut server = package(FILESYSTEM)?;
    server.arg(&folder);
    let talk = async |client: McpClient| {
        expect("the revision", &client.version().to_string().as_str(), &"2025-11-25")?;
        let listed = client.call_tool("list_directory", json!({"path": folder})).await.at("list_directory")?;
        ensure(format!("list_directory: {listed:?}"), listed.joined_text().contains("server.mjs"))?;
        let path = format!("{folder}/server.mjs");
        let text = client.call_tool("read_text_file", json!({"path": path})).await.at("read_text_file")?;
        ensure("read_text_file", text.joined_text() == std::fs::read_to_string(path).at("server.mjs")?)?;
        let outside = client.call_tool("read_text_file", json!({"path": "/etc/hostname"})).await.at("outside")?;
        ensure("a file outside of the folder was read", outside.is_error)
    };
    Peer::Stdio(server).meet(McpClient::builder("interop", "1.0.0"), talk).await
}

/// A server of somebody else's.
enum Peer {
    /// To be started by our client.
    Stdio(Command),
    Http {
        url: String,
        _server: Running,
    },
}

impl Peer {
    /// Starts a server that says where it listens.
    async fn listening(server: Command) -> Checked<Self> {
        let (server, line) = started(server, "listening on ").await?;
        let url = line.split_once("listening on ").map(|(_, url)| url.to_owned()).at(&line)?;
        Ok(Self::Http { url, _server: server })
    }

    /// Connects, talks and closes. Of a child nothing is left.
    async fn meet(self, builder: ClientBuilder, talk: impl AsyncFnOnce(McpClient) -> Checked) -> Checked {
        let (client, child) = match &self {
            Self::Stdio(server) => {
                let mark = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("peer-{}", std::process::id()));
                let client = builder.connect_stdio(telling_its_id(server, &mark)).await.at("connecting")?;
                let id = std::fs::read_to_string(&mark).at("the child's id")?;
                std::fs::remove_file(&mark).at("the child's id")?;
                (client, Pid::from_raw(id.trim().parse().at("the child's id")?))
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

/// The same command, by a shell that writes its id down before it becomes the server.
fn telling_its_id(server: &Command, mark: &std::path::Path) -> Command {
    let server = server.as_std();
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"echo $$ >"$0"; exec "$@""#]).arg(mark).arg(server.get_program()).args(server.get_args());
    shell.current_dir(here());
    shell
}
