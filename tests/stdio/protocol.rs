//! Both eras on one pipe, message by message.

use mcp_tests::{
    fixture,
    messages::{WITH_SESSIONS, call, call_with_progress, cancelled, initialize, request, stateless, text_of},
    peer::Peer,
};
use serde_json::json;

use crate::each;

/// VER-010, VER-011, JRPC-029.
#[tokio::test]
async fn both_eras_are_served_on_one_pipe_in_any_order() {
    mcp_tests::covers!("VER-010", "VER-011");
    for mut peer in each() {
        let add = call("add", json!({"a": 1, "b": 2}));
        let alone = peer.ask(&stateless(1, "tools/call", add.clone())).await;
        assert_eq!((text_of(&alone), &alone["result"]["resultType"]), ("3", &json!("complete")));
        peer.handshake("2025-06-18").await;
        let within = peer.ask(&request(2, "tools/call", add.clone())).await;
        assert_eq!((text_of(&within), within["result"].get("resultType")), ("3", None));
        let alone = peer.ask(&stateless(3, "tools/call", add)).await;
        assert_eq!(alone["result"]["resultType"], "complete");
        // VER-012: with an envelope, what is gone is gone, whatever came before.
        for method in ["initialize", "ping"] {
            assert_eq!(peer.ask(&stateless(4, method, json!({}))).await["error"]["code"], -32601);
        }
    }
}

/// VER-025, LIFE-002.
#[tokio::test]
async fn every_revision_opens_a_session() {
    mcp_tests::covers!("VER-025");
    for version in WITH_SESSIONS {
        for mut peer in each() {
            peer.handshake(version).await;
            assert_eq!(peer.ask(&request(1, "ping", json!({}))).await["result"], json!({}));
            let list = peer.ask(&request(2, "tools/list", json!({}))).await;
            assert_eq!(list["result"]["tools"][0]["name"], "add");
        }
    }
}

/// PING-001, LIFE-006, VER-015: a request before any handshake is answered with an error, and not run.
#[tokio::test]
async fn before_a_handshake_only_ping_is_answered() {
    mcp_tests::covers!("PING-001");
    for mut peer in each() {
        assert_eq!(peer.ask(&request(1, "ping", json!({}))).await["result"], json!({}));
        for method in ["tools/list", "tools/call", "server/discover", "subscriptions/listen", "no/such"] {
            let answer = peer.ask(&request(2, method, call("add", json!({})))).await;
            assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(2), &json!(-32602)), "{method}");
            assert!(answer["error"]["message"].as_str().unwrap().contains("protocolVersion"));
        }
        peer.handshake("2025-11-25").await;
    }
}

/// VER-003, META-005.
#[tokio::test]
async fn versions_that_are_not_served_are_named() {
    mcp_tests::covers!("VER-003");
    for mut peer in each() {
        let mut message = stateless(1, "tools/list", json!({}));
        for version in ["v999.0.0".to_owned(), "9".repeat(10_000)] {
            message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(version);
            let answer = peer.ask(&message).await;
            let named = &answer["error"]["data"]["requested"];
            assert_eq!((&answer["error"]["code"], named), (&json!(-32022), &json!(version)));
        }
        message["params"]["_meta"].as_object_mut().unwrap().remove("io.modelcontextprotocol/clientCapabilities");
        assert_eq!(peer.ask(&message).await["error"]["code"], -32602);
    }
}

/// VER-013.
#[tokio::test]
async fn a_server_without_sessions_says_so_to_a_handshake() {
    mcp_tests::covers!("VER-013");
    let (builder, _) = fixture::builder();
    let server = builder.versions([mcp_server::ProtocolVersion::LATEST]).build();
    let mut peer = Peer::in_process(&server);
    let answer = peer.ask(&initialize("2025-11-25")).await;
    assert_eq!(
        (&answer["error"]["code"], &answer["error"]["data"]["supported"]),
        (&json!(-32022), &json!(["2026-07-28"]))
    );
    peer.prove_alive().await;
}

/// PROG-001, PROG-002, PROG-003: reports come before the answer, to the one who asked.
#[tokio::test]
async fn progress_comes_before_the_answer() {
    mcp_tests::covers!("PROG-002", "PROG-003");
    for mut peer in each() {
        peer.handshake("2025-11-25").await;
        let params = |token| call_with_progress("steps", json!({"count": 3}), token);
        peer.send(&request(1, "tools/call", params("session"))).await;
        peer.send(&stateless(2, "tools/call", params("alone"))).await;
        let mut seen = std::collections::HashMap::from([("session", 0.0), ("alone", 0.0)]);
        let mut answered = 0;
        while answered < 2 {
            let message = peer.receive().await.unwrap();
            if let Some(id) = message.get("id") {
                assert_eq!(text_of(&message), "done");
                seen.remove(if *id == 1 { "session" } else { "alone" });
                answered += 1;
            } else {
                let token = message["params"]["progressToken"].as_str().unwrap();
                let progress = message["params"]["progress"].as_f64().unwrap();
                let last = seen.get_mut(token).expect("progress after the answer");
                assert!(progress > *last);
                *last = progress;
            }
        }
    }
}

/// STDIO-010, STDIO-011, STDIO-012, CANC-008, CANC-010, CANC-011.
#[tokio::test]
async fn a_cancelled_call_gets_no_answer() {
    mcp_tests::covers!("STDIO-011", "STDIO-012", "CANC-008", "CANC-010", "CANC-011");
    let (server, marks) = fixture::server();
    let mut peer = Peer::in_process(&server);
    peer.handshake("2025-11-25").await;
    peer.send(&request("x", "tools/call", call("hang", json!({})))).await;
    peer.send(&stateless("y", "tools/call", call("hang", json!({})))).await;
    // An id that is used twice is cancelled twice.
    peer.send(&stateless("y", "tools/call", call("hang", json!({})))).await;
    marks.started.reach(3).await;
    for id in [json!("unknown"), json!(null), json!("x"), json!("y"), json!("y")] {
        peer.send(&cancelled(id)).await;
    }
    peer.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled"})).await;
    marks.dropped.reach(3).await;
    marks.cancelled.reach(3).await;
    // The next thing that comes is the answer to this.
    peer.prove_alive().await;
}

/// SUBS-003 to SUBS-006, SUBS-010, SUBS-014, TOOL-025, TOOL-026: a tool that changes the list is heard by all who
/// listen, each in its own words.
#[tokio::test]
async fn changes_reach_the_session_and_every_listener_of_the_pipe() {
    mcp_tests::covers!("SUBS-003", "SUBS-004", "SUBS-005", "TOOL-025", "TOOL-026");
    for mut peer in each() {
        peer.handshake("2025-11-25").await;
        for id in [json!("a"), json!(5), json!("c")] {
            let filter = json!({"notifications": {"toolsListChanged": true, "promptsListChanged": true}});
            let acknowledged = peer.ask(&stateless(id.clone(), "subscriptions/listen", filter)).await;
            assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged");
            assert_eq!(acknowledged["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], id);
            assert_eq!(acknowledged["params"]["notifications"], json!({"toolsListChanged": true}));
        }
        peer.send(&cancelled("c")).await;
        let added = peer.ask(&request(1, "tools/call", call("touch", json!({"name": "dynamic"})))).await;
        assert_eq!(text_of(&added), "added");
        let mut subscriptions = Vec::new();
        for _ in 0..3 {
            let event = peer.receive().await.unwrap();
            assert_eq!(event["method"], "notifications/tools/list_changed");
            subscriptions.push(event["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"].clone());
        }
        subscriptions.sort_by_key(ToString::to_string);
        assert_eq!(subscriptions, [json!("a"), json!(5), json!(null)]);
        let answer = peer.ask(&stateless(2, "tools/call", call("dynamic", json!({})))).await;
        assert_eq!(text_of(&answer), "touched");
    }
}
