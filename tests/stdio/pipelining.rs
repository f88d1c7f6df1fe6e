//! Many requests on one pipe at once.

use std::collections::HashMap;

use mcp_tests::{
    messages::{call, request, stateless, text_of},
    peer::Peer,
};
use serde_json::{Value, json};

use crate::each;

const CALLS: usize = 2000;

/// Sends all calls without waiting, and counts the answers by what they carry.
async fn pipeline(peer: &mut Peer, alone: bool, id_of: fn(usize) -> Value) {
    let messages: Vec<Value> = (0..CALLS)
        .map(|number| {
            let params = call("nonce", json!({"text": format!("{number}-{}", "x".repeat(number % 9))}));
            if alone {
                stateless(id_of(number), "tools/call", params)
            } else {
                request(id_of(number), "tools/call", params)
            }
        })
        .collect();
    let mut answers: HashMap<usize, usize> = HashMap::new();
    let mut sent = 0;
    let mut received = 0;
    // Both directions are bounded: a client that only wrote would wait for a server that waits for it.
    while received < CALLS {
        if sent < CALLS {
            peer.send(&messages[sent]).await;
            sent += 1;
            if sent - received < 700 {
                continue;
            }
        }
        let answer = peer.receive().await.unwrap();
        let number: usize = text_of(&answer).split('-').next().unwrap().parse().unwrap();
        assert_eq!(answer["id"], id_of(number));
        *answers.entry(number).or_default() += 1;
        received += 1;
    }
    assert!(answers.len() == CALLS && answers.values().all(|count| *count == 1));
    peer.prove_alive().await;
}

/// P1, P2, JRPC-005: with all ids the same, every call is answered once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_calls_with_one_id() {
    for mut peer in each() {
        peer.handshake("2025-11-25").await;
        pipeline(&mut peer, false, |_| json!(1)).await;
        pipeline(&mut peer, true, |_| json!("same")).await;
    }
}

/// P1, P2, JRPC-005: with ids of their own, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_calls_with_ids_of_their_own() {
    for mut peer in each() {
        peer.handshake("2025-06-18").await;
        pipeline(&mut peer, false, |number| json!(number)).await;
        pipeline(&mut peer, true, |number| json!(format!("id-{number}"))).await;
    }
}

/// Control traffic never waits behind data: with every place taken, pings and cancels are still heard.
#[tokio::test]
async fn pings_and_cancels_pass_calls_that_wait() {
    let (server, marks) = mcp_tests::fixture::limited(|limits| limits.calls_per_connection = 2);
    let mut peer = Peer::in_process(&server);
    peer.handshake("2025-11-25").await;
    for id in 0..4 {
        peer.send(&request(id, "tools/call", call("gate", json!({})))).await;
    }
    marks.started.reach(2).await;
    assert_eq!(peer.ask(&request("ping", "ping", json!({}))).await["id"], "ping");
    // One that runs and one that waits.
    peer.send(&mcp_tests::messages::cancelled(0)).await;
    peer.send(&mcp_tests::messages::cancelled(2)).await;
    marks.started.reach(3).await;
    assert_eq!(peer.ask(&request("ping", "ping", json!({}))).await["id"], "ping");
    marks.open.notify_waiters();
    let mut ids = [peer.receive().await.unwrap()["id"].take(), peer.receive().await.unwrap()["id"].take()];
    ids.sort_by_key(Value::as_i64);
    assert_eq!(ids, [json!(1), json!(3)]);
    peer.prove_alive().await;
}

/// With every place and the whole queue taken, the server waits for a call to end, and does not spin: here the calls
/// need the very thread that it would spin on.
#[tokio::test]
async fn a_full_queue_of_requests_waits_for_calls_to_end() {
    let (server, marks) = mcp_tests::fixture::limited(|limits| {
        limits.calls_per_connection = 1;
        limits.waiting_requests = 2;
    });
    let mut peer = Peer::in_process(&server);
    for id in 0..6 {
        peer.send(&stateless(id, "tools/call", call("gate", json!({})))).await;
    }
    for id in 0..6 {
        marks.started.reach(id + 1).await;
        marks.open.notify_waiters();
        assert_eq!(peer.receive().await.unwrap()["id"], id);
    }
}
