//! Many servers at once: real children and real HTTP, each up or down on its own.

use std::{path::Path, time::Duration};

use mcp_client::{
    Change, ErrorKind, Limits, McpClient, ServerChange, ServerNews, ServerState, ServerTransport, Servers,
    ServersChanges, ServersConfig,
};
use mcp_tests::fixture;
use serde_json::json;

use crate::support::soon;

fn builder() -> mcp_client::ClientBuilder {
    let mut limits = Limits::default();
    limits.reconnect_first = Duration::from_millis(20);
    limits.reconnect_max = Duration::from_millis(100);
    McpClient::builder("agent", "1.0.0").limits(limits)
}

fn is_up(servers: &Servers, name: &str) -> bool {
    matches!(servers.state(name), Some(ServerState::Up))
}

async fn until_up(servers: &Servers, changes: &mut ServersChanges, name: &str) {
    while !is_up(servers, name) {
        soon(changes.next()).await.expect("the set is open");
    }
}

#[tokio::test]
async fn a_server_that_fails_does_not_fail_the_set_and_is_tried_again() {
    // A port that is free as soon as this has gone.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = json!({"mcpServers": {
        "child": {"command": env!("CARGO_BIN_EXE_stdio-fixture")},
        "late": {"url": format!("http://127.0.0.1:{port}/mcp"), "headers": {"x-key": "${KEY}"}},
        "gone": {"command": "/no/such/program", "args": ["${KEY}"]},
        "off": {"command": "/no/such/program", "disabled": true},
    }});
    let config = ServersConfig::parse_with(&text.to_string(), |_| Some("s3cret".to_owned())).unwrap();
    let servers = soon(Servers::connect(&config, builder())).await.unwrap();
    let mut changes = servers.changes();
    assert_eq!(servers.names().collect::<Vec<_>>(), ["child", "late", "gone"]);
    assert!(is_up(&servers, "child"), "{servers:?}");
    let listed = soon(servers.list_tools()).await;
    assert!(listed.tools.iter().any(|tool| tool.name == "child__add" && tool.server == "child"));
    let failed: Vec<_> = listed.failed.iter().map(|(server, _)| server.as_str()).collect();
    assert_eq!(failed, ["late", "gone"]);
    assert!(soon(servers.call_tool("gone__add", ())).await.unwrap_err().is_closed());
    assert_eq!(soon(servers.call_tool("add", ())).await.unwrap_err().kind(), ErrorKind::Input);
    let shown = format!("{servers:?} {:?} {config:?}", listed.failed);
    assert!(!shown.contains("s3cret"), "{shown}");

    let (server, _) = fixture::server();
    let listener = server.bind_http(format!("127.0.0.1:{port}")).await.unwrap();
    tokio::spawn(listener.serve());
    until_up(&servers, &mut changes, "late").await;
    for name in ["late__add", "child__add"] {
        let sum = soon(servers.call_tool(name, json!({"a": 1, "b": 2}))).await.unwrap();
        assert_eq!(sum.parse::<i64>().unwrap(), 3);
    }
    soon(servers.close()).await;
    while soon(changes.next()).await.is_some() {}
    assert!(soon(servers.call_tool("child__add", ())).await.unwrap_err().is_closed());
    assert!(soon(servers.reconnect("child")).await.unwrap_err().is_closed());
}

#[tokio::test]
async fn changes_say_which_server_they_are_of() {
    let config = ServersConfig::new().with_server("one", fixture_child("")).with_server("two", fixture_child(""));
    let servers = soon(Servers::connect(&config, builder())).await.unwrap();
    let mut changes = servers.changes();
    soon(servers.call_tool("two__touch", json!({"name": "another"}))).await.unwrap();
    let change = soon(changes.next()).await.unwrap();
    assert_eq!((change.server.as_str(), change.news), ("two", ServerNews::Change(Change::Tools)));
    let tools = soon(servers.list_tools()).await.tools;
    let another: Vec<_> =
        tools.iter().filter(|tool| tool.tool.name == "another").map(|tool| tool.name.as_str()).collect();
    assert_eq!(another, ["two__another"]);
    drop(servers);
    let rest: Option<ServerChange> = soon(changes.next()).await;
    assert_eq!(rest, None, "a set that is dropped is closed");
}

#[cfg(unix)]
#[tokio::test]
async fn a_child_that_dies_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let script = format!("echo $$ > {0}.new; mv {0}.new {0};", file.display());
    let config = ServersConfig::new().with_server("child", fixture_child(&script));
    let servers = soon(Servers::connect(&config, builder())).await.unwrap();
    let mut changes = servers.changes();
    let pid = |file: &Path| std::fs::read_to_string(file).unwrap();
    let first = pid(&file);
    assert!(std::process::Command::new("kill").args(["-9", first.trim()]).status().unwrap().success());
    loop {
        let called = soon(servers.call_tool("child__add", json!({"a": 1, "b": 2}))).await;
        if called.is_ok_and(|sum| sum.parse::<i64>().is_ok_and(|sum| sum == 3)) {
            break;
        }
        soon(changes.next()).await.expect("the set is open");
    }
    let second = pid(&file);
    assert_ne!(first, second);
    soon(servers.reconnect("child")).await.unwrap();
    assert_ne!(second, pid(&file));
    assert!(is_up(&servers, "child"));
    soon(servers.close()).await;
}

/// The fixture as a child, after some commands of a shell.
fn fixture_child(script: &str) -> ServerTransport {
    let script = format!("{script} exec {}", env!("CARGO_BIN_EXE_stdio-fixture"));
    let text = json!({"mcpServers": {"child": {"command": "sh", "args": ["-c", script]}}}).to_string();
    // Nothing of the script is a variable of the configuration.
    let config = ServersConfig::parse_with(&text, |_| None).unwrap();
    config.servers[0].transport.clone()
}
