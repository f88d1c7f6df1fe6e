//! A second handshake on one pipe: gateways share a child among their clients, and hosts reconnect.

use mcp_server::ServerResource;
use mcp_tests::{
    fixture,
    messages::{call, initialize, request, stateless, text_of},
    peer::Peer,
};
use serde_json::json;

#[tokio::test]
async fn a_second_handshake_opens_a_session_and_ends_the_one_before_it() {
    let (builder, marks) = fixture::builder();
    let server = builder.logging().resources([ServerResource::text("test://a", "a", "a")]).build();
    let mut peer = Peer::in_process(&server);
    peer.handshake("2025-06-18").await;
    assert_eq!(peer.ask(&request(1, "resources/subscribe", json!({"uri": "test://a"}))).await["result"], json!({}));
    assert_eq!(peer.ask(&request(2, "logging/setLevel", json!({"level": "debug"}))).await["result"], json!({}));
    peer.send(&request("old", "tools/call", call("hang", json!({})))).await;
    marks.started.reach(1).await;
    // A call that belongs to no session goes on.
    peer.send(&stateless("alone", "tools/call", call("gate", json!({})))).await;
    marks.started.reach(2).await;

    let answer = peer.ask(&initialize("2025-11-25")).await;
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
    marks.dropped.reach(1).await;
    // Nothing of what the first client subscribed to, and no answer to what it asked, is for the second one.
    server.notify_resource_updated("test://a");
    server.notify_tools_list_changed();
    let add = request(3, "tools/call", call("add", json!({"a": 1, "b": 2})));
    assert_eq!(text_of(&peer.ask(&add).await), "3");
    peer.send(&mcp_tests::messages::initialized()).await;
    assert_eq!(peer.ask(&request(4, "ping", json!({}))).await["id"], 4);
    server.notify_resource_updated("test://a");
    server.notify_tools_list_changed();
    assert_eq!(peer.receive().await.unwrap()["method"], "notifications/tools/list_changed");
    marks.open.notify_waiters();
    assert_eq!(peer.receive().await.unwrap()["id"], "alone");
}

/// Calls of the session before that have no place yet are forgotten with it.
#[tokio::test]
async fn calls_that_wait_for_a_place_end_with_their_session() {
    let (server, marks) = fixture::limited(|limits| limits.calls_per_connection = 1);
    let mut peer = Peer::in_process(&server);
    peer.handshake("2025-11-25").await;
    for id in 1..=3 {
        peer.send(&request(id, "tools/call", call("hang", json!({})))).await;
    }
    marks.started.reach(1).await;
    peer.handshake("2025-11-25").await;
    let add = request(1, "tools/call", call("add", json!({"a": 1, "b": 2})));
    assert_eq!(text_of(&peer.ask(&add).await), "3");
    assert_eq!((marks.started.get(), marks.dropped.get()), (1, 1));
}

/// One peer cannot hold every stream of a server.
#[tokio::test]
async fn streams_of_one_connection_are_bounded() {
    let (server, _) = fixture::limited(|limits| limits.streams_per_connection = 2);
    let mut peer = Peer::in_process(&server);
    let listen = |id: i32| stateless(id, "subscriptions/listen", json!({"notifications": {"toolsListChanged": true}}));
    for id in 1..=2 {
        let answer = peer.ask(&listen(id)).await;
        assert_eq!(answer["method"], "notifications/subscriptions/acknowledged", "{answer}");
    }
    let answer = peer.ask(&listen(3)).await;
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(3), &json!(-32603)));
    peer.send(&mcp_tests::messages::cancelled(1)).await;
    assert_eq!(peer.ask(&listen(4)).await["method"], "notifications/subscriptions/acknowledged");
}

/// A second handshake needs no permit, and what waited for the session before it waits no more.
#[tokio::test]
async fn a_second_handshake_passes_whatever_waits() {
    let (server, marks) = fixture::limited(|limits| {
        (limits.calls_per_connection, limits.waiting_requests) = (1, 1);
    });
    let mut peer = Peer::in_process(&server);
    peer.handshake("2025-11-25").await;
    for id in 1..=10 {
        peer.send(&request(id, "tools/call", call("hang", json!({})))).await;
    }
    peer.send(&stateless("alone", "tools/call", call("add", json!({"a": 1, "b": 2})))).await;
    marks.started.reach(1).await;
    let answer = peer.ask(&initialize("2025-06-18")).await;
    assert_eq!(answer["result"]["protocolVersion"], "2025-06-18", "{answer}");
    // What needs no session is still answered.
    assert_eq!(peer.receive().await.unwrap()["id"], "alone");
    assert_eq!((marks.started.get(), marks.dropped.get()), (1, 1));
}
