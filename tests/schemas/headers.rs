//! Arguments that are mirrored into headers.

use mcp_client::McpClient;
use mcp_tests::{
    messages::{call, stateless, text_of},
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

/// HDR-023 to HDR-025.
#[tokio::test]
async fn headers_named_by_an_attribute_are_compared() {
    mcp_tests::covers!("HDR-007", "HDR-025", "HDR-026");
    let mut connection = Connection::open(start(&builder().build()).await).await;
    type Headers = &'static [(&'static str, &'static str)];
    let cases: [(Value, Headers, u16); 8] = [
        (json!({"region": "eu"}), &[("MCP-PARAM-REGION", "  eu ")], 200),
        (json!({"shard": 42}), &[("Mcp-Param-Shard", "42.0")], 200),
        (json!({"shard": 42.0}), &[("Mcp-Param-Shard", "42")], 200),
        (json!({"dry_run": true}), &[("Mcp-Param-Dry-Run", "true")], 200),
        (json!({"plain": "x"}), &[("Mcp-Param-Plain", "y"), ("Mcp-Param-Other", "\u{e4}")], 200),
        (json!({"region": "eu"}), &[("Mcp-Param-Region", "eu"), ("Mcp-Param-Region", "eu")], 400),
        (json!({"region": "\u{e4}"}), &[("Mcp-Param-Region", "\u{e4}")], 400),
        (json!({"shard": 42.0}), &[], 400),
    ];
    for (arguments, headers, status) in cases {
        let answer = routed(&mut connection, arguments.clone(), headers).await;
        assert_eq!(answer.status, status, "{arguments} {headers:?} {}", answer.body);
    }
}

/// HDR-029: pipes have no such headers.
#[tokio::test]
async fn pipes_need_no_headers() {
    let mut peer = Peer::in_process(&builder().build());
    let answer = peer.ask(&stateless(1, "tools/call", call("route", json!({"region": "eu"})))).await;
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
