//! Handlers that fail and clients that go away, in both eras.

use std::{net::SocketAddr, time::Duration};

use mcp_tests::{
    fixture,
    messages::{call, call_with_progress, request, stateless, text_of},
    raw_http::{Answer, Connection, mirror},
};
use serde_json::{Value, json};

use crate::{Session, start};

/// One request in each era: alone, and in a session.
struct BothEras {
    alone: Connection,
    session: Session,
}

impl BothEras {
    async fn open(address: SocketAddr) -> Self {
        Self { alone: Connection::open(address).await, session: Session::open(address, "2025-11-25").await }
    }

    async fn call(&mut self, params: Value) -> [Answer; 2] {
        let alone = self.alone.post(&stateless(1, "tools/call", params.clone())).await;
        [alone, self.session.post(&request(1, "tools/call", params)).await]
    }
}

/// P1: a panic is answered, and costs only its call.
#[tokio::test]
async fn a_handler_that_panics_is_answered() {
    let mut both = BothEras::open(start(&fixture::server().0).await).await;
    for tool in ["explode", "explode_late"] {
        for answer in both.call(call(tool, json!({}))).await {
            assert_eq!((answer.status, answer.error_code()), (200, -32603), "{tool}");
            assert!(!answer.body.contains("on purpose"), "{}", answer.body);
        }
    }
    for answer in both.call(call("add", json!({"a": 1, "b": 2}))).await {
        assert_eq!(text_of(&answer.json()), "3");
    }
}

/// A handler that blocks its thread delays nobody as long as there is another thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_blocks_delays_no_other_connection() {
    let address = start(&fixture::server().0).await;
    let mut blocked = Connection::open(address).await;
    let message = stateless(1, "tools/call", call("block", json!({"ms": 10_000})));
    blocked.send_post(&mirror(&message), &message).await;
    let started = tokio::time::Instant::now();
    let mut both = BothEras::open(address).await;
    for _ in 0..20 {
        for answer in both.call(call("add", json!({"a": 1, "b": 2}))).await {
            assert_eq!(text_of(&answer.json()), "3");
        }
    }
    assert!(started.elapsed() < Duration::from_secs(5), "others waited for the handler that blocks");
    // The blocked handler answers when it is done.
    assert_eq!(text_of(&blocked.answer().await.json()), "done");
}

/// P4: an answer that no client would take becomes an error.
#[tokio::test]
async fn an_answer_of_a_hundred_mebibytes_becomes_an_error() {
    let mut both = BothEras::open(start(&fixture::server().0).await).await;
    for params in [call("big", json!({"bytes": 100 << 20})), call_with_progress("big", json!({"bytes": 100 << 20}), 1)]
    {
        for answer in both.call(params).await {
            assert_eq!((answer.status, answer.error_code()), (200, -32603));
            assert!(answer.body.contains("too large"), "{}", answer.body);
        }
    }
    for answer in both.call(call("big", json!({"bytes": 8 << 20}))).await {
        assert_eq!(text_of(&answer.json()).len(), 8 << 20);
    }
}

/// HTTPM-020: without a session the disconnect is the cancel, whether the answer would have been JSON or a stream.
#[tokio::test]
async fn a_client_that_vanishes_cancels_its_call() {
    mcp_tests::covers!("HTTPM-020");
    let (server, marks) = fixture::server();
    let address = start(&server).await;
    for (turn, params) in [call("hang", json!({})), call_with_progress("hang", json!({}), 1)].into_iter().enumerate() {
        let mut connection = Connection::open(address).await;
        let message = stateless(1, "tools/call", params);
        connection.send_post(&mirror(&message), &message).await;
        marks.started.reach(turn + 1).await;
        if turn == 1 {
            assert_eq!(connection.head().await.headers["content-type"], "text/event-stream");
        }
        drop(connection);
        marks.dropped.reach(turn + 1).await;
        marks.cancelled.reach(turn + 1).await;
    }
}

/// P5: a client that does not read its stream delays nobody, and its call still ends at its deadline.
#[tokio::test]
async fn a_client_that_stops_reading_delays_nobody() {
    let (server, marks) = fixture::limited(|limits| limits.call_timeout = Duration::from_millis(200));
    let address = start(&server).await;
    let session = Session::open(address, "2025-11-25").await;
    let mut stalled = Vec::new();
    for params in [call_with_progress("hang", json!({}), 1), call("big", json!({"bytes": 8 << 20}))] {
        stalled.extend(crate::begin(address, &session, &params).await);
    }
    marks.dropped.reach(2).await;
    let mut both = BothEras::open(address).await;
    for _ in 0..10 {
        for answer in both.call(call("add", json!({"a": 1, "b": 2}))).await {
            assert_eq!(text_of(&answer.json()), "3");
        }
    }
    // They were answered all the same: what was sent waits for them.
    for connection in &mut stalled[..2] {
        let answer = connection.answer().await;
        assert_eq!(answer.events().last().unwrap()["error"]["code"], -32603, "{}", answer.body);
    }
    for connection in &mut stalled[2..] {
        assert_eq!(text_of(&connection.answer().await.json()).len(), 8 << 20);
    }
}

/// CANC-013: time runs out, and progress buys more of it.
#[tokio::test]
async fn a_call_that_takes_too_long_is_given_up() {
    let (server, marks) = fixture::limited(|limits| limits.call_timeout = Duration::from_millis(100));
    let mut both = BothEras::open(start(&server).await).await;
    for answer in both.call(call("hang", json!({}))).await {
        assert_eq!((answer.status, answer.error_code()), (200, -32603));
    }
    marks.cancelled.reach(2).await;
    for answer in both.call(call_with_progress("steps", json!({"count": 100}), 1)).await {
        assert_eq!(text_of(answer.events().last().unwrap()), "done");
    }
}
