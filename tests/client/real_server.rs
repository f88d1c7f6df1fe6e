//! The client against our own server: every version, over every transport.

use std::{
    future::IntoFuture as _,
    process::Command,
    sync::{Arc, Mutex},
};

use mcp_client::{Change, Changes, McpClient, ProtocolVersion, RawJson};
use mcp_server::Server;
use mcp_tests::fixture::{self, Marks};
use serde_json::json;

use crate::support::soon;

/// The fixture over HTTP, and its URL.
async fn over_http() -> (Server, Arc<Marks>, String) {
    let (server, marks) = fixture::server();
    let listener = server.bind_http("127.0.0.1:0").await.unwrap();
    let url = listener.url();
    tokio::spawn(listener.serve());
    (server, marks, url)
}

async fn uses(client: McpClient) {
    assert_eq!(client.server_info().unwrap().name, "fixture");
    let mut changes = client.listen(Changes::none().tools()).await.unwrap();
    let before = client.list_tools().await.unwrap();
    assert!(before.iter().any(|tool| tool.name == "add"));
    assert_eq!(client.call_tool("add", json!({"a": 1, "b": 2})).await.unwrap().parse::<i64>().unwrap(), 3);
    let long = "ü\n\"".repeat(10_000);
    assert_eq!(client.call_tool("echo", json!({"text": long})).await.unwrap().parse::<String>().unwrap(), long);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    let steps = client.call_tool("steps", json!({"count": 3}));
    let done = steps.on_progress(move |progress| hears.lock().unwrap().push(progress.progress)).await.unwrap();
    assert_eq!(done.joined_text(), "done");
    {
        let heard = heard.lock().unwrap();
        assert!(heard.is_sorted() && heard.last() == Some(&3.0), "{heard:?}");
    }
    let failed = client.call_tool("fail", ()).await.unwrap().parse::<String>().unwrap_err();
    assert!(failed.is_tool_error() && failed.to_string().contains("deliberate"), "{failed}");
    assert!(client.call_tool("no-such-tool", ()).await.unwrap_err().rejection().is_some());
    assert!(client.call_tool("explode", ()).await.unwrap_err().rejection().is_some());
    client.call_tool("touch", json!({"name": "another"})).await.unwrap();
    assert_eq!(soon(changes.next()).await, Some(Change::Tools));
    assert_eq!(client.list_tools().await.unwrap().len(), before.len() + 1);
    let calls: Vec<_> = (0..64)
        .map(|n| {
            let call = client.call_tool("nonce", json!({"text": "x".repeat(n)}));
            tokio::spawn(async move { call.await.unwrap().joined_text().len() })
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(soon(call).await.unwrap(), n);
    }
    client.close().await;
    assert_eq!(soon(changes.next()).await, None);
}

#[tokio::test]
async fn every_version_over_every_transport() {
    for version in ProtocolVersion::ALL {
        let builder = || McpClient::builder("agent", "1.0.0").version(version);
        let (server, _) = fixture::server();
        let client = builder().connect_in_process(&server).await.unwrap();
        assert_eq!(client.version(), version);
        uses(client).await;
        let client = builder().connect_stdio(Command::new(env!("CARGO_BIN_EXE_stdio-fixture"))).await.unwrap();
        assert_eq!(client.version(), version);
        uses(client).await;
        let (_server, _, url) = over_http().await;
        let client = builder().connect_http(url).await.unwrap();
        assert_eq!(client.version(), version);
        uses(client).await;
    }
}

/// Arguments that were written over several lines, one of which is a request, are one call.
#[tokio::test]
async fn line_breaks_in_raw_arguments_are_no_ends_of_messages() {
    let lines = r#"{"text":
{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"name":"touch","arguments":{"name":"smuggled"}}}
}"#;
    for version in ProtocolVersion::ALL {
        let child = Command::new(env!("CARGO_BIN_EXE_stdio-fixture"));
        let client = McpClient::builder("agent", "1.0.0").version(version).connect_stdio(child).await.unwrap();
        let raw: RawJson = serde_json::from_str("{\n\"text\":\r\"one line\"\r\n}").unwrap();
        assert_eq!(soon(client.call_tool("echo", raw).into_future()).await.unwrap().joined_text(), "one line");
        let raw: RawJson = serde_json::from_str(lines).unwrap();
        let answered = soon(client.call_tool("echo", raw).into_future()).await;
        assert!(!answered.is_ok_and(|result| !result.is_error), "{version}: the tool wants text");
        let tools = client.list_tools().await.unwrap();
        assert!(!tools.iter().any(|tool| tool.name == "smuggled"), "{version}: a tool call was smuggled in");
    }
}

#[tokio::test]
async fn the_newest_version_is_found() {
    let (server, _, url) = over_http().await;
    for client in [
        McpClient::connect_in_process(&server).await.unwrap(),
        McpClient::connect_http(url).await.unwrap(),
        McpClient::connect_stdio(Command::new(env!("CARGO_BIN_EXE_stdio-fixture"))).await.unwrap(),
    ] {
        assert_eq!(client.version(), ProtocolVersion::LATEST);
        client.close().await;
    }
}

/// CANC-001, CANC-008: what the client drops, the server drops.
#[tokio::test]
async fn cancelling_reaches_the_handler() {
    let (server, marks, url) = over_http().await;
    let mut dropped = 0;
    for version in [ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28] {
        let builder = || McpClient::builder("agent", "1.0.0").version(version);
        for client in
            [builder().connect_in_process(&server).await.unwrap(), builder().connect_http(url.clone()).await.unwrap()]
        {
            let call = tokio::spawn(client.call_tool("hang", ()).into_future());
            dropped += 1;
            marks.started.reach(dropped).await;
            call.abort();
            marks.dropped.reach(dropped).await;
        }
    }
}
