//! The official SDKs, FastMCP and rmcp, as servers of our client.

use mcp_client::{Change, Changes, ClientBuilder, McpClient, ProtocolVersion, Restart};
use rustix::process::{Signal, kill_process, test_kill_process};
use tokio::time::timeout;

use crate::{
    case::{Case, Checked, Context, Transport, ensure, expect},
    heard::Heard,
    our_client::{self, Lacks},
    peer::{PATIENCE, Peer, id_in, mark, telling_its_id},
    peers::{Sdk, free_port, started},
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for sdk in Sdk::servers() {
        for &(era, revision) in sdk.eras() {
            for &transport in sdk.transports() {
                let theirs = format!("{} server", sdk.name());
                cases.push(Case::new("client", theirs, transport, revision, with_sdk(sdk, era, revision, transport)));
            }
        }
    }
    for sdk in Sdk::servers().filter(|&sdk| !sdk.is_old() && sdk != Sdk::FastMcp) {
        for &(era, revision) in sdk.eras() {
            let theirs = format!("{} server, restarted", sdk.name());
            cases.push(Case::new("client", &*theirs, Transport::Stdio, revision, with_restarted_child(sdk, era)));
            cases.push(Case::new("client", theirs, Transport::Http, revision, with_restarted(sdk, era)));
        }
    }
    for sdk in [Sdk::TypeScript("1"), Sdk::Python("1"), Sdk::Python("2"), Sdk::Rmcp] {
        let theirs = format!("{} server, no sessions, JSON", sdk.name());
        cases.push(Case::new("client", theirs, Transport::Http, "2025-11-25", with_plain_sdk(sdk)));
    }
    cases
}

async fn with_sdk(sdk: Sdk, era: &str, revision: &str, transport: Transport) -> Checked {
    let mut script = sdk.script("server")?;
    script.arg(transport.name());
    let peer = match transport {
        Transport::Stdio => Peer::Stdio(script),
        Transport::Http => Peer::listening(script).await?,
    };
    let (builder, heard) = Heard::by(client_for(sdk, era));
    let talk = async |client: McpClient| {
        expect("the revision", &client.version().to_string().as_str(), &revision)?;
        our_client::talk(&client, heard, lacks(sdk, era, transport)).await
    };
    peer.meet(builder, talk).await
}

fn lacks(sdk: Sdk, era: &str, transport: Transport) -> Lacks {
    let state = is_stateless(sdk, transport, era);
    Lacks {
        state,
        listen: sdk == Sdk::FastMcp,
        subscribe: matches!(sdk, Sdk::Python(_)) && era == "legacy",
        questions: state || matches!(sdk, Sdk::TypeScript("1.9" | "1.12")),
        progress: sdk == Sdk::TypeScript("1.9"),
        not_found: sdk == Sdk::Python("1"),
        keywords: sdk.is_old(),
    }
}

/// HTTP without sessions and without streams, as it is often deployed.
async fn with_plain_sdk(sdk: Sdk) -> Checked {
    let mut script = sdk.script("server")?;
    script.arg("plain");
    let (builder, heard) = Heard::by(client_for(sdk, "legacy"));
    let talk = async |client: McpClient| {
        let lacks =
            Lacks { state: true, questions: true, progress: sdk != Sdk::Rmcp, ..lacks(sdk, "legacy", Transport::Http) };
        our_client::talk(&client, heard, lacks).await
    };
    Peer::listening(script).await?.meet(builder, talk).await
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

/// A child that dies, and is started again. Who listens need not know.
async fn with_restarted_child(sdk: Sdk, era: &str) -> Checked {
    let mut script = sdk.script("server")?;
    script.arg("stdio");
    let mark = mark();
    let builder = client_for(sdk, era).restart(Restart::at_most(3));
    let client = builder.connect_stdio(telling_its_id(&script, &mark)).await.at("connecting")?;
    let first = id_in(&mark)?;
    let mut changes = client.listen(Changes::none().tools()).await.at("listen")?;
    expect("add", &our_client::add(&client, 2, 3).await?, &5)?;

    kill_process(first, Signal::KILL).at("killing the server")?;
    // What was missed is unknown, so everything counts as changed.
    let news = timeout(PATIENCE, changes.next()).await.at("no news of the restart")?;
    expect("the news of the restart", &news, &Some(Change::Tools))?;
    let second = id_in(&mark)?;
    expect("add, after a restart", &our_client::add(&client, 2, 3).await?, &5)?;
    client.call_tool("toggle", ()).await.at("toggle")?;
    let news = timeout(PATIENCE, changes.next()).await.at("no news after the restart")?;
    expect("the news after the restart", &news, &Some(Change::Tools))?;

    timeout(PATIENCE, client.close()).await.at("closing")?;
    ensure("a child is still there", [first, second].into_iter().all(|id| test_kill_process(id).is_err()))
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
