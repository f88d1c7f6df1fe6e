//! Arguments that are mirrored into headers.

use mcp_client::McpClient;
use mcp_tests::{
    messages::{call, initialize, initialized, request, stateless, text_of},
    peer::Peer,
    raw_http::{Answer, Connection, mirror},
};
use serde_json::{Value, json};

use crate::{builder, start};

async fn routed(connection: &mut Connection, arguments: Value, headers: &[(&str, &str)]) -> Answer {
    let message = stateless("id", "tools/call", call("route", arguments));
    let mut all = mirror(&message);
    all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    connection.post_with(&all, &message).await
}

/// HDR-007, HDR-008, HDR-010, HDR-014, HDR-023, HDR-025, HDR-027.
#[tokio::test]
async fn headers_that_say_what_the_body_says_are_let_through() {
    let mut connection = Connection::open(start(&builder().build()).await).await;
    let cases: &[(Value, &[(&str, &str)])] = &[
        (json!({}), &[]),
        (json!({"region": null, "shard": null}), &[]),
        (json!({"region": "eu"}), &[("Mcp-Param-Region", "eu")]),
        (json!({"region": "eu"}), &[("MCP-PARAM-REGION", "  eu ")]),
        (json!({"region": ""}), &[("Mcp-Param-Region", "")]),
        (json!({"region": "Hello, 世界"}), &[("Mcp-Param-Region", "=?base64?SGVsbG8sIOS4lueVjA==?=")]),
        (json!({"region": "=?BASE64?eA==?="}), &[("Mcp-Param-Region", "=?BASE64?eA==?=")]),
        (json!({"shard": 42}), &[("Mcp-Param-Shard", "42.0")]),
        (json!({"shard": 42.0}), &[("Mcp-Param-Shard", "42")]),
        (json!({"shard": -7}), &[("Mcp-Param-Shard", "-7")]),
        (json!({"dry_run": true}), &[("Mcp-Param-Dry-Run", "true")]),
        (json!({"plain": "x"}), &[("Mcp-Param-Plain", "y"), ("Mcp-Param-Other", "\u{e4}")]),
    ];
    for (arguments, headers) in cases {
        let answer = routed(&mut connection, arguments.clone(), headers).await;
        assert_eq!(answer.status, 200, "{arguments} {headers:?} {}", answer.body);
        assert!(answer.json()["result"]["isError"].is_null(), "{arguments} {}", answer.body);
    }
}

/// HDR-009, HDR-011, HDR-023, HDR-024, HDR-026.
#[tokio::test]
async fn headers_that_say_anything_else_are_refused() {
    let mut connection = Connection::open(start(&builder().build()).await).await;
    let cases: &[(Value, &[(&str, &str)])] = &[
        (json!({"region": "eu"}), &[]),
        (json!({"region": ""}), &[]),
        (json!({}), &[("Mcp-Param-Region", "eu")]),
        (json!({}), &[("Mcp-Param-Region", "")]),
        (json!({"region": null}), &[("Mcp-Param-Region", "null")]),
        (json!({"region": "eu"}), &[("Mcp-Param-Region", "EU")]),
        (json!({"region": "eu"}), &[("Mcp-Param-Region", "eu"), ("Mcp-Param-Region", "eu")]),
        (json!({"region": "\u{e4}"}), &[("Mcp-Param-Region", "\u{e4}")]),
        (json!({"region": "x"}), &[("Mcp-Param-Region", "=?base64?eA?=")]),
        (json!({"region": "x"}), &[("Mcp-Param-Region", "=?BASE64?eA==?=")]),
        (json!({"shard": 42}), &[("Mcp-Param-Shard", "42.5")]),
        (json!({"shard": 42}), &[("Mcp-Param-Shard", "forty-two")]),
        (json!({"shard": 9_007_199_254_740_993_i64}), &[("Mcp-Param-Shard", "9007199254740992")]),
        (json!({"dry_run": true}), &[("Mcp-Param-Dry-Run", "True")]),
    ];
    for (arguments, headers) in cases {
        let answer = routed(&mut connection, arguments.clone(), headers).await;
        assert_eq!(answer.status, 400, "{arguments} {headers:?} {}", answer.body);
        let body = answer.json();
        assert_eq!((&body["id"], &body["error"]["code"]), (&json!("id"), &json!(-32020)), "{arguments} {headers:?}");
    }
}

/// HDR-029: sessions and pipes have no such headers.
#[tokio::test]
async fn sessions_and_pipes_need_no_headers() {
    let server = builder().build();
    let arguments = json!({"region": "eu"});
    let mut connection = Connection::open(start(&server).await).await;
    let opened = connection.post_with(&[], &initialize("2025-11-25")).await;
    let session = [
        ("Mcp-Session-Id".to_owned(), opened.headers["mcp-session-id"].clone()),
        ("MCP-Protocol-Version".to_owned(), "2025-11-25".to_owned()),
    ];
    connection.post_with(&session, &initialized()).await;
    let answer = connection.post_with(&session, &request(1, "tools/call", call("route", arguments.clone()))).await;
    assert_eq!(text_of(&answer.json()), "Some(\"eu\") None None None");

    let mut peer = Peer::in_process(&server);
    let answer = peer.ask(&stateless(1, "tools/call", call("route", arguments))).await;
    assert_eq!(text_of(&answer), "Some(\"eu\") None None None");
}

/// A tool that comes while the server runs is held to its headers too. HDR-012.
#[tokio::test]
async fn our_own_client_sends_what_our_server_wants() {
    let server = builder().build();
    let client = McpClient::connect_http(format!("http://{}/mcp", start(&server).await)).await.unwrap();
    client.list_tools().await.unwrap();
    let arguments = json!({"region": "Hello, 世界", "shard": 42.0, "dry_run": false});
    let said = client.call_tool("route", arguments).await.unwrap().joined_text();
    assert_eq!(said, "Some(\"Hello, 世界\") Some(42) Some(false) None");
}
