//! Peers that end, flood, or do not read: each is waited for as long as was promised, and no longer.

use std::time::{Duration, Instant};

use mcp_tests::{
    fixture,
    messages::{call, request, stateless, text_of},
    peer::Peer,
};
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::{child, child_with};

/// How long a child may take that has two seconds, on a busy machine.
const TWO_SECONDS: Duration = Duration::from_secs(5);

/// Closes the input of a child that may not take more in; it must end in time.
async fn end_in_time(mut peer: Peer) {
    let started = Instant::now();
    peer.close_input().await;
    assert_eq!(peer.exit_code().await, Some(0));
    assert!(started.elapsed() < TWO_SECONDS, "{:?}", started.elapsed());
}

/// Basic/lifecycle, shutdown: the end of input ends the process, also while reading is paused because too many calls
/// wait.
#[tokio::test]
async fn the_end_of_input_is_seen_while_too_many_calls_wait() {
    mcp_tests::covers!("STDIO-014");
    let mut peer = child();
    peer.handshake("2025-11-25").await;
    for id in 0..1500 {
        peer.send(&request(id, "tools/call", call("hang", json!({})))).await;
    }
    end_in_time(peer).await;
}

/// And in this process, where the end of a pipe is the drop of a channel.
#[tokio::test]
async fn the_end_of_a_pipe_is_seen_while_too_many_calls_wait() {
    let (server, marks) = fixture::limited(|limits| {
        limits.calls_per_connection = 1;
        limits.waiting_requests = 2;
    });
    let mut peer = Peer::in_process(&server);
    for id in 0..20 {
        peer.send(&stateless(id, "tools/call", call("hang", json!({})))).await;
    }
    marks.started.reach(1).await;
    peer.close_input().await;
    marks.dropped.reach(1).await;
    assert!(peer.rest().await.len() < 20);
}

/// What stands in the pipe at its end waits for room, and is answered if there is time.
#[tokio::test]
async fn what_waits_for_room_at_the_end_of_input_is_answered() {
    let (server, marks) = fixture::limited(|limits| {
        limits.calls_per_connection = 1;
        limits.waiting_requests = 2;
        limits.drain_at_eof = Duration::from_secs(20);
    });
    let mut peer = Peer::in_process(&server);
    for id in 0..20 {
        peer.send(&stateless(id, "tools/call", call("gate", json!({})))).await;
    }
    marks.started.reach(1).await;
    peer.close_input().await;
    for id in 0..20 {
        marks.started.reach(id + 1).await;
        marks.open.notify_waiters();
        assert_eq!(peer.receive().await.unwrap()["id"], id);
    }
    assert_eq!(peer.receive().await, None);
}

/// A peer that sends without a pause takes no turn away from the calls, although there is one thread for both.
#[tokio::test]
async fn a_flood_of_notifications_starves_no_call() {
    let mut peer = child_with(&["--one-thread"]);
    peer.prove_alive().await;
    let Peer::Child { child, input, output } = peer else { unreachable!() };
    let mut input = input.unwrap();
    let call = stateless("steps", "tools/call", call("steps", json!({"count": 20})));
    input.write_all(format!("{call}\n").as_bytes()).await.unwrap();
    let block = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/nothing\"}\n".repeat(2000);
    let flood = tokio::spawn(async move { while input.write_all(block.as_bytes()).await.is_ok() {} });
    let mut peer = Peer::Child { child, input: None, output };
    assert_eq!(text_of(&peer.receive().await.unwrap()), "done");
    flood.abort();
    let Peer::Child { child, .. } = &mut peer else { unreachable!() };
    child.kill().await.unwrap();
}

/// A peer that reads nothing is given up, although it keeps the pipe open.
#[tokio::test]
async fn a_peer_that_reads_nothing_is_given_up() {
    let mut peer = child_with(&["--write-timeout", "500"]);
    peer.prove_alive().await;
    peer.send(&stateless(1, "tools/call", call("big", json!({"bytes": 8 << 20})))).await;
    // Neither read nor closed.
    assert_eq!(peer.exit_code().await, Some(0));
}

/// A peer that reads slowly is none that reads nothing.
#[tokio::test]
async fn a_peer_that_reads_slowly_is_served() {
    use tokio::io::AsyncReadExt;

    let mut peer = child_with(&["--write-timeout", "2000"]);
    peer.prove_alive().await;
    peer.send(&stateless(1, "tools/call", call("big", json!({"bytes": 400_000})))).await;
    let Peer::Child { child: _child, input: _input, output } = peer else { unreachable!() };
    let mut output = output.into_inner().into_inner();
    let (mut read, mut piece) = (0, vec![0; 40_000]);
    while read < 400_000 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        read += output.read_exact(&mut piece).await.expect("it is still written");
    }
}

/// The same in this process.
#[tokio::test(start_paused = true)]
async fn a_peer_in_this_process_that_receives_nothing_is_given_up() {
    let (server, _) = fixture::server();
    let mut peer = Peer::in_process(&server);
    for id in 0..200 {
        peer.send(&request(id, "ping", json!({}))).await;
    }
    let Peer::InProcess(pipe) = &mut peer else { unreachable!() };
    let started = tokio::time::Instant::now();
    pipe.outgoing.closed().await;
    assert!((30..40).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
}
