//! A second handshake on one pipe: gateways share a child among their clients, and hosts reconnect.

use std::sync::{Arc, Mutex, mpsc};

use mcp_server::{Context, Server, ServerResource, ServerTool, model::LogLevel};
use mcp_tests::{
    fixture,
    messages::{call, call_with_progress, cancelled, initialize, request, stateless, text_of},
    peer::Peer,
};
use serde_json::{Value, json};
use tokio::{sync::Notify, task::spawn_blocking};

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

/// Also if its handler reports when it is too late to cancel it: under the next client's own token.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn progress_of_the_session_before_is_not_told_to_the_next() {
    let (began, beginning) = mpsc::channel();
    let (go_on, going_on) = mpsc::channel::<()>();
    let (began, going_on) = (Mutex::new(began), Arc::new(Mutex::new(going_on)));
    let dropped = Arc::new(Notify::new());
    let ended = dropped.clone();
    let compute = ServerTool::with_context("compute", move |_: Value, ctx: Context| {
        began.lock().unwrap().send(()).unwrap();
        let (going_on, dropped) = (going_on.clone(), OnDrop(dropped.clone()));
        async move {
            going_on.lock().unwrap().recv().unwrap();
            ctx.progress(42.0, 100.0, "what the first client asked for").await;
            drop(dropped);
            std::future::pending::<String>().await
        }
    });
    let (builder, marks) = fixture::builder();
    let mut peer = Peer::on_stream(&builder.tools([compute]).build());
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call_with_progress("compute", json!({}), 1))).await;
    spawn_blocking(move || beginning.recv().unwrap()).await.unwrap();
    // Another client behind the same pipe, which counts from one as well.
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call_with_progress("gate", json!({}), 1))).await;
    marks.started.reach(1).await;
    go_on.send(()).unwrap();
    ended.notified().await;
    marks.open.notify_waiters();
    assert_eq!(text_of(&peer.receive().await.unwrap()), "through");
}

/// Tells when a handler is over.
struct OnDrop(Arc<Notify>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// Logs more than it may, and waits until it is dropped.
fn chatter(dropped: &Arc<Notify>) -> ServerTool {
    let dropped = dropped.clone();
    ServerTool::with_context("chatter", move |_: Value, ctx: Context| {
        let on_drop = OnDrop(dropped.clone());
        async move {
            for n in 0..200 {
                ctx.log(LogLevel::Error, format!("{n}"));
            }
            let _held = on_drop;
            std::future::pending::<String>().await
        }
    })
}

/// A call says how much it left out of its log only to a client that still waits for it.
#[tokio::test]
async fn a_call_that_was_cancelled_logs_nothing_more() {
    for next in [initialize("2025-11-25"), cancelled(1)] {
        let dropped = Arc::new(Notify::new());
        let server = Server::builder("chatter", "1.0.0").tools([chatter(&dropped)]).logging().build();
        let mut peer = Peer::on_stream(&server);
        peer.handshake("2025-11-25").await;
        peer.ask(&request(0, "logging/setLevel", json!({"level": "debug"}))).await;
        peer.send(&request(1, "tools/call", call("chatter", json!({})))).await;
        for _ in 0..64 {
            assert_eq!(peer.receive().await.unwrap()["method"], "notifications/message");
        }
        if next["method"] == "initialize" {
            assert!(peer.ask(&next).await["result"].is_object());
        } else {
            peer.send(&next).await;
        }
        dropped.notified().await;
        let answer = peer.ask(&request(7, "ping", json!({}))).await;
        assert_eq!(answer["id"], 7, "{answer}");
    }
}
