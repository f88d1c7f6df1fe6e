//! Clients that are no official SDK: FastMCP.

use serde_json::{Value, json};

use crate::{
    case::{Case, Checked, Context, Transport, ensure, expect},
    our_server::OurServer,
    peers::{fastmcp, said},
};

pub(crate) fn cases() -> Vec<Case> {
    let case = |transport| Case::new("server", "FastMCP client", transport, "2026-07-28", talk(transport));
    Transport::BOTH.map(case).into()
}

async fn talk(transport: Transport) -> Checked {
    let server = OurServer::start(transport).await?;
    let mut peer = fastmcp("framework")?;
    let said = said(peer.arg(transport.name()).args(server.target())).await?;
    let found: Value = serde_json::from_str(&said).at(&said)?;
    expect("what it reads by the names that it lists", &found["texts"], &json!(["Übung"]))?;
    expect("what it calls with any JSON", &found["anything"], &json!(r#"[1,{"a":null}]"#))?;
    expect("what it is asked", &found["questions"], &json!(["Which city?", "Which street in Oslo?"]))?;
    expect("what comes of its answers", &found["address"], &json!("Karl Johans gate, Oslo"))?;
    let lists = found["tools"].as_array().is_some_and(|tools| tools.contains(&json!("anything")));
    ensure(format!("it does not list the tool: {said}"), lists)?;
    server.nothing_left(None).await
}
