//! Servers on a pipe that serve one era only answer as if they had never heard of the other.

use mcp_server::ProtocolVersion;
use mcp_tests::{
    fixture,
    messages::{STATELESS, initialize, request, stateless},
    peer::Peer,
};
use serde_json::json;

fn serving(only_new: bool) -> Peer {
    let versions = ProtocolVersion::ALL.into_iter().filter(|version| (version.as_str() == STATELESS) == only_new);
    Peer::in_process(&fixture::builder().0.versions(versions).build())
}

#[tokio::test]
async fn without_the_older_era_a_bare_request_names_what_is_missing() {
    mcp_tests::covers!("META-005", "PING-003");
    let mut peer = serving(true);
    for method in ["ping", "tools/list", "no/such"] {
        let answer = peer.ask(&request(1, method, json!({}))).await;
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(1), &json!(-32602)), "{answer}");
    }
    let answer = peer.ask(&initialize("2025-11-25")).await;
    assert_eq!(answer["error"]["code"], -32022, "{answer}");
    assert_eq!(answer["error"]["data"], json!({"requested": "2025-11-25", "supported": [STATELESS]}));
    peer.prove_alive().await;
}

/// A client of both eras asks `server/discover` first, takes -32601 for the word of an older server, and shakes hands.
#[tokio::test]
async fn without_the_newer_era_its_methods_are_unknown() {
    let mut peer = serving(false);
    for method in ["server/discover", "subscriptions/listen"] {
        let answer = peer.ask(&stateless(1, method, json!({"notifications": {}}))).await;
        assert_eq!(answer["error"]["code"], -32601, "{method}: {answer}");
    }
    peer.handshake("2025-11-25").await;
    let answer = peer.ask(&stateless(2, "server/discover", json!({}))).await;
    assert_eq!(answer["error"]["code"], -32601, "{answer}");
    assert_eq!(peer.ask(&request(3, "ping", json!({}))).await["result"], json!({}));
}
