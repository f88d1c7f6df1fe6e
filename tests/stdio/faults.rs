//! Handlers that fail and clients that go away, in both eras.

use std::time::{Duration, Instant};

use mcp_server::Limits;
use mcp_tests::{
    fixture,
    messages::{call, request, stateless, text_of},
    peer::Peer,
};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{child, each};

/// The same call in each era; the peer has a session.
async fn call_in_both(peer: &mut Peer, params: Value) -> [Value; 2] {
    [peer.ask(&stateless(1, "tools/call", params.clone())).await, peer.ask(&request(1, "tools/call", params)).await]
}

/// P1, P3.
#[tokio::test]
async fn a_handler_that_panics_is_answered() {
    for mut peer in each() {
        peer.handshake("2025-11-25").await;
        for tool in ["explode", "explode_late"] {
            for answer in call_in_both(&mut peer, call(tool, json!({}))).await {
                assert_eq!(answer["error"]["code"], -32603, "{answer}");
                assert!(!answer.to_string().contains("on purpose"));
            }
        }
        peer.prove_alive().await;
    }
}

/// A handler that blocks its thread delays nobody as long as there is another thread.
#[tokio::test]
async fn a_handler_that_blocks_delays_no_other_call() {
    let mut peer = child();
    peer.handshake("2025-11-25").await;
    peer.send(&stateless("blocked", "tools/call", call("block", json!({"ms": 10_000})))).await;
    let started = Instant::now();
    for _ in 0..20 {
        for answer in call_in_both(&mut peer, call("add", json!({"a": 1, "b": 2}))).await {
            assert_eq!(text_of(&answer), "3");
        }
    }
    assert!(started.elapsed() < Duration::from_secs(5), "others waited for the handler that blocks");
    assert_eq!(peer.receive().await.unwrap()["id"], "blocked");
}

/// P4.
#[tokio::test]
async fn an_answer_of_a_hundred_mebibytes_becomes_an_error() {
    for mut peer in each() {
        peer.handshake("2025-11-25").await;
        for answer in call_in_both(&mut peer, call("big", json!({"bytes": 100 << 20}))).await {
            assert_eq!(answer["error"]["code"], -32603, "{answer}");
            assert!(answer["error"]["message"].as_str().unwrap().contains("too large"));
        }
        for answer in call_in_both(&mut peer, call("big", json!({"bytes": 8 << 20}))).await {
            assert_eq!(text_of(&answer).len(), 8 << 20);
        }
    }
}

/// P6: calls of a client that vanished are dropped.
#[tokio::test]
async fn a_client_that_vanishes_cancels_its_calls() {
    let (server, marks) = fixture::server();
    let mut peer = Peer::in_process(&server);
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call("hang", json!({})))).await;
    peer.send(&stateless(2, "tools/call", call("hang", json!({})))).await;
    marks.started.reach(2).await;
    drop(peer);
    marks.dropped.reach(2).await;
    marks.cancelled.reach(2).await;
}

/// Also if it goes in two steps: the end of what it sends, and then, with the first answer that cannot be written, of
/// what it reads.
#[tokio::test]
async fn a_client_that_vanishes_after_its_input_has_ended_cancels_its_calls() {
    let (builder, marks) = fixture::builder();
    let mut limits = Limits::default();
    limits.drain_at_eof = Duration::from_secs(3600);
    let mut peer = Peer::on_stream(&builder.limits(limits).build());
    peer.send(&stateless(1, "tools/call", call("hang", json!({})))).await;
    peer.send(&stateless(2, "tools/call", call("gate", json!({})))).await;
    marks.started.reach(2).await;
    peer.close_input().await;
    // On this one thread the server has seen the end before the gate opens.
    tokio::task::yield_now().await;
    drop(peer);
    marks.open.notify_waiters();
    marks.dropped.reach(1).await;
}

/// STDIO-014, STDIO-015: a closed output ends the process, cleanly.
#[tokio::test]
async fn a_client_that_closes_both_ends_lets_the_process_end() {
    mcp_tests::covers!("STDIO-015");
    let mut peer = child();
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call("hang", json!({})))).await;
    let Peer::Child { mut child, input, output } = peer else { unreachable!() };
    drop(output);
    drop(input);
    let ended = tokio::time::timeout(Duration::from_secs(10), child.wait()).await.expect("the child does not end");
    assert_eq!(ended.unwrap().code(), Some(0));
}

/// How much memory a process holds, in KiB.
fn resident(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// P4: a client that writes and does not read is slowed down, not buffered; nothing is lost once it reads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_stops_reading_is_slowed_down() {
    let mut peer = child();
    peer.handshake("2025-11-25").await;
    for answer in call_in_both(&mut peer, call("add", json!({"a": 1, "b": 2}))).await {
        assert_eq!(text_of(&answer), "3");
    }
    let before = resident(peer.pid());
    let pid = peer.pid();
    let Peer::Child { child, input, mut output } = peer else { unreachable!() };
    let mut input = input.unwrap();
    let text = "x".repeat(1000);
    let (mut sent, mut full) = (0usize, false);
    // Writing stops when nothing has been taken for a second.
    while !full && sent < 200_000 {
        let params = call("echo", json!({"text": text}));
        let message =
            if sent % 2 == 0 { stateless(sent, "tools/call", params) } else { request(sent, "tools/call", params) };
        let line = format!("{message}\n");
        let mut rest = line.as_bytes();
        while !rest.is_empty() && !full {
            match tokio::time::timeout(Duration::from_secs(1), input.write(rest)).await {
                Ok(written) => rest = &rest[written.unwrap()..],
                Err(_) => full = true,
            }
        }
        if full {
            // The line that was begun is finished below, when there is room again.
            let rest = rest.to_vec();
            let finish = tokio::spawn(async move {
                input.write_all(&rest).await.unwrap();
                drop(input);
            });
            let grown = resident(pid).saturating_sub(before);
            assert!(grown < 32 << 10, "{grown} KiB more after {sent} requests that nobody reads the answers of");
            for _ in 0..=sent {
                let line = tokio::time::timeout(Duration::from_secs(20), output.next_line()).await.unwrap();
                assert!(line.unwrap().unwrap().contains(&text));
            }
            finish.await.unwrap();
            break;
        }
        sent += 1;
    }
    assert!(full, "the server took {sent} requests whose answers nobody read");
    drop(child);
}
