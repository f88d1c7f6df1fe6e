//! Lists in pages.

use mcp_client::{Limits, McpClient};
use serde_json::{Value, json};

use crate::support::{
    pipe::{Peer, Script},
    reply, soon,
};

fn tool(name: &str) -> Value {
    json!({"name": name, "inputSchema": {"type": "object"}, "unknown": true})
}

fn page(tools: &[Value], next: Option<&str>) -> Value {
    let mut page = json!({"resultType": "complete", "tools": tools, "ttlMs": 5, "cacheScope": "public"});
    if let Some(next) = next {
        page["nextCursor"] = json!(next);
    }
    page
}

/// PAGE-001, PAGE-002, PAGE-004: an empty cursor is a cursor, and its absence the end.
#[tokio::test]
async fn all_pages_are_read_and_an_empty_cursor_is_one() {
    let script = Script::legacy(|mut peer: Peer| async move {
        for _ in 0..2 {
            let first = peer.request("tools/list").await;
            assert_eq!(first["params"].get("cursor"), None);
            peer.send(reply(&first, page(&[tool("a"), tool("b")], Some("")))).await;
            let second = peer.request("tools/list").await;
            assert_eq!(second["params"]["cursor"], "");
            peer.send(reply(&second, page(&[], Some("x")))).await;
            let third = peer.request("tools/list").await;
            assert_eq!(third["params"]["cursor"], "x");
            peer.send(reply(&third, page(&[tool("c")], None))).await;
        }
        peer.rest().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let names: Vec<String> = client.list_tools().await.unwrap().into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let mut cursor = None;
    for expected in [Some(""), Some("x"), None] {
        let page = client.list_tools_page(cursor).await.unwrap();
        assert_eq!(page.next_cursor.as_deref(), expected);
        cursor = page.next_cursor;
    }
}

/// PAGE-006.
#[tokio::test]
async fn lists_that_never_end_are_given_up() {
    let circle = Script::modern(|mut peer: Peer| async move {
        for next in ["a", "b", "a"] {
            let request = peer.request("tools/list").await;
            peer.send(reply(&request, page(&[tool("t")], Some(next)))).await;
        }
        peer.rest().await;
    });
    let client = McpClient::connect_in_process(&circle).await.unwrap();
    let error = soon(client.list_tools().into_future()).await.unwrap_err();
    assert!(error.is_invalid() && error.to_string().contains("twice"), "{error}");

    let endless = Script::modern(|mut peer: Peer| async move {
        let mut n = 0;
        while let Some(request) = peer.next().await {
            n += 1;
            peer.send(reply(&request, page(&[], Some(&n.to_string())))).await;
        }
    });
    for (pages, list_bytes, expected) in [(20, usize::MAX, "20 pages"), (usize::MAX, 5000, "5000 bytes")] {
        let mut limits = Limits::default();
        (limits.pages, limits.list_bytes) = (pages, list_bytes);
        let builder = McpClient::builder("agent", "1.0.0").limits(limits);
        let client = builder.connect_in_process(&endless).await.unwrap();
        let error = soon(client.list_tools().into_future()).await.unwrap_err();
        assert!(error.is_invalid() && error.to_string().contains(expected), "{error}");
    }
}

/// One bad tool does not hide the others.
#[tokio::test]
async fn a_tool_that_cannot_be_read_is_left_out() {
    let script = Script::modern(|mut peer: Peer| async move {
        let request = peer.request("tools/list").await;
        let bad = [json!({"name": 7}), json!({"name": "x", "inputSchema": true}), json!(null)];
        let tools = [vec![tool("a")], bad.to_vec(), vec![tool("b")]].concat();
        peer.send(reply(&request, page(&tools, None))).await;
        peer.rest().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let names: Vec<String> = client.list_tools().await.unwrap().into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["a", "b"]);
}
