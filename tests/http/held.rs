//! What is held for clients: how much, and what happens beyond it.

use std::time::Duration;

use mcp_server::{Context, Limits, Server, resource, resources, tool, tools};
use mcp_tests::{
    fixture,
    messages::{call, call_with_progress, initialize, request, stateless, text_of},
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};

use crate::{Session, session_header, start};

const MIB: usize = 1 << 20;

fn big(bytes: usize) -> Value {
    stateless(1, "tools/call", call("big", json!({"bytes": bytes})))
}

/// Whether the client of the request 1 is told that it has run, and that its answer is given up.
fn is_not_sent(answer: &Value) -> bool {
    let Some(error) = answer["error"]["message"].as_str() else { return false };
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(1), &json!(-32603)), "{answer}");
    error.starts_with("the call has run") && error.contains("too much waits for clients that do not read")
}

/// Clients that ask for much and read nothing fill the bound, and not the memory; whoever asks for little is served.
#[tokio::test]
async fn answers_that_are_not_read_are_bounded_in_the_whole_server() {
    let (server, _) = fixture::limited(|limits| limits.held_bytes = 12 * MIB);
    let address = start(&server).await;
    let mut unread = Connection::open_narrow(address).await;
    unread.send_post(&mirror(&big(8 * MIB)), &big(8 * MIB)).await;
    assert_eq!(unread.head().await.status, 200);

    let mut second = Connection::open(address).await;
    let refused = second.post(&big(8 * MIB)).await.json();
    assert!(is_not_sent(&refused), "{refused}");
    assert_eq!(text_of(&second.post(&big(10)).await.json()), "x".repeat(10));

    // Once the client is gone there is room again.
    drop(unread);
    let served = async { while is_not_sent(&second.post(&big(8 * MIB)).await.json()) {} };
    tokio::time::timeout(Duration::from_secs(20), served).await.unwrap();
}

/// A call that has run is not to be sent again: `Retry-After` and 503 make clients and proxies do just that. What has not
/// run may be.
#[tokio::test]
async fn a_call_that_has_run_does_not_ask_to_be_run_again() {
    let server = small(|limits| limits.held_bytes = MIB);
    let address = start(&server).await;
    for session in [None, Some(Session::open(address, "2025-11-25").await)] {
        for accept in ["application/json, text/event-stream", "text/event-stream"] {
            let params = call("step", json!({"bytes": 2 * MIB}));
            let message = match &session {
                None => stateless(1, "tools/call", params),
                Some(_) => request(1, "tools/call", params),
            };
            let mut headers = session.as_ref().map_or_else(|| mirror(&message), Session::headers);
            headers.push(("Accept".into(), accept.into()));
            headers.push(("Content-Type".into(), "application/json".into()));
            let mut connection = Connection::open(address).await;
            connection.send_request("POST", &headers, &message.to_string()).await;
            let answer = connection.answer().await;
            assert_eq!((answer.status, answer.headers.get("retry-after")), (200, None), "{}", answer.body);
            let message = answer.events().pop().unwrap_or_else(|| answer.json());
            assert!(is_not_sent(&message), "{message}");
        }
    }
    let message = stateless(1, "tools/call", call("step", json!({"bytes": 1, "more": "x".repeat(2 * MIB)})));
    let refused = Connection::open(address).await.post(&message).await;
    assert_eq!((refused.status, refused.headers["retry-after"].as_str()), (503, "1"));
}

/// A body that arrives in pieces is counted while it is read and while its call runs.
#[tokio::test]
async fn bodies_are_counted_no_longer_than_their_calls_last() {
    let (server, _) = fixture::limited(|limits| limits.held_bytes = MIB);
    let address = start(&server).await;
    let mut connection = Connection::open(address).await;
    let message = |length: usize| stateless(1, "tools/call", call("echo", json!({"text": "x".repeat(length)})));
    let refused = connection.post(&message(2 * MIB)).await;
    assert_eq!((refused.status, refused.headers["retry-after"].as_str()), (503, "1"));
    let mut connection = Connection::open(address).await;
    for _ in 0..4 {
        let answer = connection.post(&message(MIB / 3)).await;
        assert_eq!(text_of(&answer.json()).len(), MIB / 3);
    }
}

/// Reports a step, and then says that many bytes.
#[tool]
async fn step(bytes: usize, ctx: Context) -> String {
    ctx.progress(1.0, None, "begun").await;
    tokio::task::yield_now().await;
    "x".repeat(bytes)
}

/// Something to watch.
#[resource("test://{+name}", mime_type = "text/plain")]
async fn watched(name: String) -> String {
    name
}

fn small(change: impl FnOnce(&mut Limits)) -> Server {
    let mut limits = Limits::default();
    change(&mut limits);
    Server::builder("small", "1.0.0").limits(limits).tools(tools![step]).resources(resources![watched]).build()
}

/// The same for answers that end a stream of events: there the client is told that its answer is given up.
#[tokio::test]
async fn answers_on_streams_that_are_not_read_are_bounded_in_the_whole_server() {
    let server = small(|limits| limits.held_bytes = 12 * MIB);
    let address = start(&server).await;
    let message = stateless(1, "tools/call", call_with_progress("step", json!({"bytes": 8 * MIB}), "p"));
    let mut unread = Connection::open_narrow(address).await;
    unread.send_post(&mirror(&message), &message).await;
    assert_eq!(unread.head().await.headers["content-type"], "text/event-stream");

    let ask = async || {
        let mut connection = Connection::open(address).await;
        connection.send_post(&mirror(&message), &message).await;
        connection.head().await;
        connection.events().await.pop().unwrap()
    };
    let refused = async {
        loop {
            let answer = ask().await;
            if answer.get("error").is_some() {
                assert!(is_not_sent(&answer), "{answer}");
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused).await.unwrap();

    // Once the client is gone there is room again.
    drop(unread);
    let served = async { while ask().await.get("error").is_some() {} };
    tokio::time::timeout(Duration::from_secs(20), served).await.unwrap();
}

/// What handshakes said is kept as long as their sessions live, and no more of it than may be.
#[tokio::test]
async fn what_sessions_keep_is_bounded_in_the_whole_server() {
    let server = small(|limits| limits.kept_bytes = 40 << 10);
    let address = start(&server).await;
    let mut handshake = initialize("2025-11-25");
    handshake["params"]["capabilities"]["experimental"] = json!({"x": {"y": "x".repeat(15 << 10)}});
    let mut connection = Connection::open(address).await;
    let mut sessions = Vec::new();
    for status in [200, 200, 503] {
        let answer = connection.post_with(&[], &handshake).await;
        assert_eq!(answer.status, status);
        sessions.extend(answer.headers.get("mcp-session-id").cloned());
    }
    assert_eq!(sessions.len(), 2);
    // Whoever is there already is served, and so is a stranger who needs no session.
    let message = stateless(1, "tools/call", call("step", json!({"bytes": 1})));
    assert_eq!(text_of(&connection.post(&message).await.json()), "x");

    connection.send_request("DELETE", &[session_header(&sessions[0])], "").await;
    assert_eq!(connection.answer().await.status, 204);
    assert_eq!(connection.post_with(&[], &handshake).await.status, 200);
}

/// So is what streams watch, and what came with the request that opened them.
#[tokio::test]
async fn what_streams_keep_is_bounded_in_the_whole_server() {
    let server = small(|limits| limits.kept_bytes = 64 << 10);
    let address = start(&server).await;
    let uri = format!("test://{}", "x".repeat(8000));
    let by_uris = json!({"notifications": {"resourceSubscriptions": [uri, format!("{uri}y")]}});
    let by_meta =
        json!({"notifications": {"resourceSubscriptions": ["test://a"]}, "_meta": {"x": "x".repeat(40 << 10)}});
    for params in [by_uris, by_meta] {
        let message = stateless(1, "subscriptions/listen", params);
        let listen = async || {
            let mut stream = Connection::open(address).await;
            stream.send_post(&mirror(&message), &message).await;
            let head = stream.head().await;
            (head.headers["content-type"] == "text/event-stream").then_some(stream)
        };
        let open = listen().await.expect("there is room for one");
        assert!(listen().await.is_none());
        drop(open);
        let listened = async { while listen().await.is_none() {} };
        tokio::time::timeout(Duration::from_secs(20), listened).await.unwrap();
    }
}

/// While there is no room, whoever asks for little is served all the same: the bound is for what is large.
#[tokio::test]
async fn small_requests_are_served_while_there_is_no_room_for_large_ones() {
    let (server, _) = fixture::limited(|limits| limits.held_bytes = 0);
    let mut connection = Connection::open(start(&server).await).await;
    assert_eq!(text_of(&connection.post(&big(10)).await.json()), "x".repeat(10));
    let refused = connection.post(&big(MIB)).await.json();
    assert!(is_not_sent(&refused), "{refused}");
}
