//! The Inspector as a client of our server, without its page.

use serde_json::{Value, json};

use crate::{
    case::{Case, Checked, Context, Transport, ensure, expect},
    our_server::OurServer,
    peers::{package, said},
};

pub(crate) const PROGRAM: &str = "@modelcontextprotocol/inspector/clients/launcher/build/index.js";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (era, revision) in [("legacy", "2025-11-25"), ("modern", "2026-07-28")] {
        for transport in Transport::BOTH {
            cases.push(Case::new("server", "Inspector", transport, revision, inspect(era, revision, transport)));
        }
    }
    cases
}

async fn inspect(era: &str, revision: &str, transport: Transport) -> Checked {
    let server = OurServer::start(transport).await?;

    // It judges the schemas as well.
    let listed = ask(&server, era, &["--method", "tools/list", "--strict"]).await?;
    let names: Vec<&str> =
        listed["tools"].as_array().at("tools")?.iter().filter_map(|tool| tool["name"].as_str()).collect();
    ensure(format!("tools/list: {names:?}"), names.contains(&"add") && names.contains(&"slow"))?;

    let added =
        ask(&server, era, &["--method", "tools/call", "--tool-name", "add", "--tool-arg", "a=2", "b=3"]).await?;
    expect("add", &added["content"], &json!([{"type": "text", "text": "5"}]))?;

    let spoken = ask(&server, era, &["--method", "tools/call", "--tool-name", "revision"]).await?;
    expect("the revision", &spoken["content"][0]["text"], &json!(revision))?;
    server.nothing_left(None).await
}

async fn ask(server: &OurServer, era: &str, question: &[&str]) -> Checked<Value> {
    let mut inspector = package(PROGRAM)?;
    inspector.arg("--cli").args(server.target()).args(["--protocol-era", era]).args(question);
    let said = said(&mut inspector).await?;
    serde_json::from_str(&said).at(said)
}
