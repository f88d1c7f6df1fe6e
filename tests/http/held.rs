//! What is held for clients: how much, and what happens beyond it.

use std::time::Duration;

use mcp_tests::{
    fixture,
    messages::{call, stateless, text_of},
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};

use crate::start;

const MIB: usize = 1 << 20;

fn big(bytes: usize) -> Value {
    stateless(1, "tools/call", call("big", json!({"bytes": bytes})))
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
    let refused = second.post(&big(8 * MIB)).await;
    assert_eq!((refused.status, refused.headers["retry-after"].as_str()), (503, "1"));
    assert_eq!(text_of(&second.post(&big(10)).await.json()), "x".repeat(10));

    // Once the client is gone there is room again.
    drop(unread);
    let served = async { while second.post(&big(8 * MIB)).await.status == 503 {} };
    tokio::time::timeout(Duration::from_secs(20), served).await.unwrap();
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

/// When the bound is reached, nothing new is begun.
#[tokio::test]
async fn nothing_new_is_let_in_while_there_is_no_room() {
    let (server, _) = fixture::limited(|limits| limits.held_bytes = 0);
    let mut connection = Connection::open(start(&server).await).await;
    assert_eq!(connection.post(&big(10)).await.status, 503);
}
