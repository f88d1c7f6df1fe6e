//! How a server on a pipe stops.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use mcp_tests::{
    fixture,
    messages::{call, call_with_progress, request, stateless, text_of},
    peer::Peer,
    raw_http::{Connection, mirror},
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

use crate::child;

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
}

/// SUBS-011, CANC-003: SIGTERM ends cleanly: calls are answered, streams get their result.
#[tokio::test]
async fn sigterm_lets_calls_finish_and_ends_streams() {
    mcp_tests::covers!("SUBS-011", "CANC-003");
    let mut peer = child();
    peer.handshake("2025-11-25").await;
    let filter = json!({"notifications": {"toolsListChanged": true}});
    peer.ask(&stateless("listen", "subscriptions/listen", filter)).await;
    // The answer shows that the call before it has been read.
    peer.send(&request(1, "tools/call", call("steps", json!({"count": 200})))).await;
    assert_eq!(peer.ask(&request(2, "ping", json!({}))).await["id"], 2);
    send(peer.pid(), Signal::TERM);
    assert_eq!(text_of(&peer.receive().await.unwrap()), "done");
    let end = peer.receive().await.unwrap();
    assert_eq!((&end["id"], &end["result"]["resultType"]), (&json!("listen"), &json!("complete")));
    let cancelled = peer.receive().await.unwrap();
    assert_eq!(
        (&cancelled["method"], &cancelled["params"]["requestId"]),
        (&json!("notifications/cancelled"), &json!("listen"))
    );
    assert_eq!(peer.receive().await, None);
    assert_eq!(peer.exit_code().await, Some(0));
}

/// STDIO-014: calls that do not end are dropped soon after the input has ended.
#[tokio::test]
async fn the_end_of_input_ends_the_process_within_two_seconds() {
    mcp_tests::covers!("STDIO-014");
    let mut peer = child();
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call("hang", json!({})))).await;
    assert_eq!(peer.ask(&request(2, "ping", json!({}))).await["id"], 2);
    let started = Instant::now();
    peer.close_input().await;
    assert!(peer.rest().await.is_empty());
    assert_eq!(peer.exit_code().await, Some(0));
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

/// A server in this process ends its pipes when it shuts down.
#[tokio::test]
async fn shutdown_ends_pipes_in_process() {
    let (server, marks) = fixture::server();
    let mut peer = Peer::in_process(&server);
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call("gate", json!({})))).await;
    marks.started.reach(1).await;
    let stopping = {
        let server = server.clone();
        tokio::spawn(async move { server.shutdown().await })
    };
    marks.open.notify_waiters();
    assert_eq!(text_of(&peer.receive().await.unwrap()), "through");
    assert_eq!(peer.receive().await, None);
    stopping.await.unwrap();
}

/// The signals by which a program is asked to end: by whoever runs it, and by Ctrl-C.
const ASKING: [Signal; 2] = [Signal::TERM, Signal::INT];

/// Asks a child that has begun to stop a second time; it does not use the time that calls may have.
async fn ask_again(mut child: Child, signal: Signal) {
    let started = Instant::now();
    send(child.id().unwrap(), signal);
    let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await.expect("the child does not end");
    assert_eq!(ended.unwrap().code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(20), "it took the time of calls: {:?}", started.elapsed());
}

/// A second signal does not wait for the calls, whichever of them comes first.
#[tokio::test]
async fn a_second_signal_ends_at_once_on_a_pipe() {
    for (first, second) in [(0, 0), (1, 1), (0, 1)] {
        let mut peer = child();
        peer.handshake("2025-11-25").await;
        peer.send(&request(1, "tools/call", call("hang", json!({})))).await;
        assert_eq!(peer.ask(&request(2, "ping", json!({}))).await["id"], 2);
        send(peer.pid(), ASKING[first]);
        // What it says once it stops shows that the signal was heard: two that come together may count as one.
        while peer.ask(&request(3, "ping", json!({}))).await.get("error").is_none() {}
        let Peer::Child { child, input: _input, output: _output } = peer else { unreachable!() };
        ask_again(child, ASKING[second]).await;
    }
}

#[tokio::test]
async fn a_second_signal_ends_at_once_over_http() {
    for signal in ASKING {
        let mut child =
            Command::new(crate::FIXTURE).arg("--http").stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = stderr.next_line().await.unwrap().unwrap().parse().unwrap();
        let mut connection = Connection::open(address).await;
        let message = stateless(1, "tools/call", call_with_progress("hang", json!({}), "token"));
        connection.send_post(&mirror(&message), &message).await;
        assert_eq!(connection.head().await.status, 200);
        assert_eq!(connection.event().await.expect("progress")["method"], "notifications/progress");
        send(child.id().unwrap(), signal);
        // Nothing listens any more once it stops.
        while TcpStream::connect(address).await.is_ok() {}
        ask_again(child, signal).await;
    }
}
