//! A handler that asks its client on a pipe: what comes back finds it, whatever else waits.

use mcp_server::{Context, Limits, NotAnswered, Server, ServerTool, tool, tools};
use mcp_tests::{
    messages::{call, cancelled, request, stateless, text_of},
    peer::Peer,
};
use serde_json::{Value, json};

/// Says how the client answered a ping.
#[tool]
async fn ask(ctx: Context) -> String {
    match ctx.ping_client().await {
        Ok(()) => "answered".to_owned(),
        Err(error) => said(&error),
    }
}

fn said(error: &NotAnswered) -> String {
    format!("unsupported {} timeout {} code {:?}", error.is_unsupported(), error.is_timeout(), error.error_code())
}

#[tool]
async fn quick() -> &'static str {
    "quick"
}

#[derive(serde::Deserialize, mcp_server::schemars::JsonSchema)]
struct Nothing {}

fn server(change: impl FnOnce(&mut Limits)) -> Server {
    let mut limits = Limits::default();
    change(&mut limits);
    let hang = ServerTool::new("hang", |_: Nothing| std::future::pending::<&str>());
    Server::builder("asking", "1.0.0").tools(tools![ask, quick]).tools([hang]).limits(limits).build()
}

async fn asked(peer: &mut Peer) -> Value {
    let ping = peer.receive().await.unwrap();
    assert_eq!(ping["method"], "ping", "{ping}");
    ping["id"].clone()
}

#[tokio::test]
async fn an_answer_finds_the_call_that_asked() {
    mcp_tests::covers!("PING-001");
    let mut peer = Peer::in_process(&server(|_| ()));
    peer.handshake("2025-11-25").await;
    let mut ids = Vec::new();
    for id in 1..=2 {
        peer.send(&request(id, "tools/call", call("ask", json!({})))).await;
        ids.push(asked(&mut peer).await);
    }
    assert_ne!(ids[0], ids[1]);
    // Of the second first, refused; of nobody; of the first, taken.
    let refusal = json!({"jsonrpc": "2.0", "id": ids[1], "error": {"code": -32601, "message": "no"}});
    peer.send(&refusal).await;
    let answer = peer.receive().await.unwrap();
    assert_eq!((&answer["id"], text_of(&answer)), (&json!(2), "unsupported false timeout false code Some(-32601)"));
    for _ in 0..2 {
        peer.send(&refusal).await;
        peer.send(&json!({"jsonrpc": "2.0", "id": "nobody's", "result": {}})).await;
    }
    peer.send(&json!({"jsonrpc": "2.0", "id": ids[0], "result": {}})).await;
    let answer = peer.receive().await.unwrap();
    assert_eq!((&answer["id"], text_of(&answer)), (&json!(1), "answered"));
    // Who has no session cannot be asked.
    let alone = peer.ask(&stateless(3, "tools/call", call("ask", json!({})))).await;
    assert_eq!(text_of(&alone), "unsupported true timeout false code None");
}

/// The client is told that nobody waits any more: its call was cancelled, or it took too long.
#[tokio::test]
async fn a_question_that_nobody_waits_for_is_withdrawn() {
    let mut peer = Peer::in_process(&server(|_| ()));
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call("ask", json!({})))).await;
    let id = asked(&mut peer).await;
    peer.send(&cancelled(1)).await;
    let withdrawn = peer.receive().await.unwrap();
    assert_eq!((&withdrawn["method"], &withdrawn["params"]["requestId"]), (&json!("notifications/cancelled"), &id));

    let mut peer = Peer::in_process(&server(|limits| limits.ask_timeout = std::time::Duration::from_millis(50)));
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call("ask", json!({})))).await;
    let id = asked(&mut peer).await;
    let withdrawn = peer.receive().await.unwrap();
    assert_eq!((&withdrawn["method"], &withdrawn["params"]["requestId"]), (&json!("notifications/cancelled"), &id));
    assert_eq!(text_of(&peer.receive().await.unwrap()), "unsupported false timeout true code None");
}

/// The time that a client takes is not the handler's: its clock stands still.
#[tokio::test]
async fn a_call_that_waits_for_its_client_does_not_run_out_of_time() {
    let timeout = std::time::Duration::from_millis(50);
    let mut peer =
        Peer::in_process(&server(|limits| (limits.call_timeout, limits.call_timeout_max) = (timeout, timeout)));
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call("ask", json!({})))).await;
    let id = asked(&mut peer).await;
    // Longer than the call may take: nothing ends it.
    tokio::time::sleep(3 * timeout).await;
    peer.send(&json!({"jsonrpc": "2.0", "id": id, "result": {}})).await;
    assert_eq!(text_of(&peer.receive().await.unwrap()), "answered");
}

/// What a call has asked before the server stops is answered after: only new requests are refused.
#[tokio::test]
async fn a_call_hears_from_its_client_while_the_server_stops() {
    let server = server(|_| ());
    let mut peer = Peer::in_process(&server);
    peer.handshake("2025-11-25").await;
    peer.send(&request("hang", "tools/call", call("hang", json!({})))).await;
    peer.send(&request("ask", "tools/call", call("ask", json!({})))).await;
    let id = asked(&mut peer).await;
    let stopping = tokio::spawn(async move { server.shutdown().await });
    // Refused, once the pipe has seen it.
    let refused = loop {
        let answer = peer.ask(&request("late", "ping", json!({}))).await;
        if !answer["error"].is_null() {
            break answer;
        }
    };
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(refused["id"] == "late" && message.contains("stopping"), "{refused}");
    peer.send(&json!({"jsonrpc": "2.0", "id": id, "result": {}})).await;
    let answer = peer.receive().await.unwrap();
    assert_eq!((&answer["id"], text_of(&answer)), (&json!("ask"), "answered"));
    peer.send(&cancelled("hang")).await;
    assert_eq!(peer.receive().await, None);
    stopping.await.unwrap();
}

/// A call that waits for its client gives its permit to another.
#[tokio::test]
async fn calls_run_while_others_wait_for_their_client() {
    let mut peer = Peer::in_process(&server(|limits| limits.calls_per_connection = 1));
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call("ask", json!({})))).await;
    let id = asked(&mut peer).await;
    let quick = peer.ask(&request(2, "tools/call", call("quick", json!({})))).await;
    assert_eq!((&quick["id"], text_of(&quick)), (&json!(2), "quick"));
    peer.send(&json!({"jsonrpc": "2.0", "id": id, "result": {}})).await;
    assert_eq!(text_of(&peer.receive().await.unwrap()), "answered");
}

/// Everything is taken that may run and may wait, and more: answers, cancels and pings are read all the same.
#[tokio::test]
async fn what_a_call_waits_for_is_read_behind_any_number_of_requests() {
    let mut peer = Peer::in_process(&server(|limits| {
        (limits.calls_per_connection, limits.waiting_requests, limits.waiting_bytes) = (2, 3, 2000);
    }));
    peer.handshake("2025-11-25").await;
    peer.send(&request("ask", "tools/call", call("ask", json!({})))).await;
    let id = asked(&mut peer).await;
    // Two run, three wait, some 20 are looked at later, and the rest is refused, because a call waits for an answer.
    let mut refused = 0;
    for number in 0..100 {
        peer.send(&request(number, "tools/call", call("hang", json!({})))).await;
        // Pings are answered between them.
        peer.send(&request("ping", "ping", json!({}))).await;
        loop {
            let answer = peer.receive().await.unwrap();
            if answer["id"] == "ping" {
                break;
            }
            assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(number), &json!(-32603)), "{answer}");
            refused += 1;
        }
    }
    assert!((50..95).contains(&refused), "{refused}");
    // What is cancelled makes room for what was not looked at yet.
    for number in 0..100 {
        peer.send(&cancelled(number)).await;
    }
    assert_eq!(text_of(&peer.ask(&request(1, "tools/call", call("quick", json!({})))).await), "quick");
    peer.send(&json!({"jsonrpc": "2.0", "id": id, "result": {}})).await;
    let answer = peer.receive().await.unwrap();
    assert_eq!((&answer["id"], text_of(&answer)), (&json!("ask"), "answered"));
}

/// Asks twice at the same time, or lets somebody else ask after it has answered.
fn odd_questions() -> Server {
    #[tool]
    async fn twice(ctx: Context) -> String {
        let (first, second) = tokio::join!(ctx.ping_client(), ctx.ping_client());
        format!("{} {}", first.is_ok(), second.is_ok())
    }

    #[tool]
    async fn later(ctx: Context) -> &'static str {
        tokio::spawn(async move { ctx.ping_client().await });
        "done"
    }

    let mut limits = Limits::default();
    limits.calls_per_connection = 1;
    Server::builder("odd", "1.0.0").tools(tools![twice, later, quick]).limits(limits).build()
}

/// However a handler asks, its permit is lent once, and comes back.
#[tokio::test]
async fn permits_are_kept_count_of_however_a_handler_asks() {
    let mut peer = Peer::in_process(&odd_questions());
    peer.handshake("2025-11-25").await;
    for round in 0..3 {
        peer.send(&request(1, "tools/call", call("twice", json!({})))).await;
        let ids = [asked(&mut peer).await, asked(&mut peer).await];
        // Meanwhile another call runs.
        assert_eq!(text_of(&peer.ask(&request(2, "tools/call", call("quick", json!({})))).await), "quick", "{round}");
        for id in ids {
            peer.send(&json!({"jsonrpc": "2.0", "id": id, "result": {}})).await;
        }
        assert_eq!(text_of(&peer.receive().await.unwrap()), "true true");
        let done = peer.ask(&request(3, "tools/call", call("later", json!({})))).await;
        assert_eq!(text_of(&done), "done");
    }
    assert_eq!(text_of(&peer.ask(&request(4, "tools/call", call("quick", json!({})))).await), "quick");
}
