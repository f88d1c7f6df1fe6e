//! A server whose program uses the standard streams as if they were its own.

use std::process::Stdio;

use mcp_tests::{
    messages::{call, request, stateless, text_of},
    peer::Peer,
};
use serde_json::json;
use tokio::{io::AsyncReadExt, process::Command};

use crate::{child, child_with};

/// Basic/transports, stdio: nothing but messages may be written to standard output. What a program prints is found on
/// standard error, whoever printed it.
#[tokio::test]
async fn what_a_tool_prints_neither_hangs_nor_reaches_the_peer() {
    mcp_tests::covers!("STDIO-002");
    let mut peer = Peer::start(Command::new(crate::FIXTURE).stderr(Stdio::piped()));
    peer.handshake("2025-11-25").await;
    for id in 0..3 {
        let params = call("print", json!({"text": format!("number {id}")}));
        let answers = [peer.ask(&request(id, "tools/call", params.clone())).await, {
            peer.ask(&stateless(id, "tools/call", params)).await
        }];
        for answer in answers {
            assert_eq!((&answer["id"], text_of(&answer)), (&json!(id), "printed"));
        }
    }
    peer.close_input().await;
    assert!(peer.rest().await.is_empty());
    let Peer::Child { mut child, .. } = peer else { unreachable!() };
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
    let mut printed = String::new();
    child.stderr.take().unwrap().read_to_string(&mut printed).await.unwrap();
    for how in ["println", "print", "write", "child"] {
        for id in 0..3 {
            assert!(printed.matches(&format!("{how} number {id}")).count() == 2, "{how} {id} in {printed}");
        }
    }
}

/// Standard input is empty for everybody else, so no request is lost to a tool that reads.
#[tokio::test]
async fn a_tool_that_reads_standard_input_takes_no_request_away() {
    let mut peer = child();
    peer.handshake("2025-11-25").await;
    for id in 0..3 {
        let answer = peer.ask(&request(id, "tools/call", call("read_input", json!({})))).await;
        assert_eq!((&answer["id"], text_of(&answer)), (&json!(id), "0"));
    }
    peer.prove_alive().await;
}

/// A program may have read from standard input before it serves it; the standard library then reads ahead.
#[tokio::test]
async fn what_was_read_ahead_before_serving_is_served() {
    let preamble = "a secret that a launcher hands over\n";
    let mut peer = child_with(&["--read-first", &preamble.len().to_string()]);
    let ping = request("first", "ping", json!({}));
    peer.send_line(format!("{preamble}{ping}")).await;
    assert_eq!(peer.receive().await.unwrap()["id"], "first");
    peer.prove_alive().await;
}

/// Isolation can be turned off: then what is printed reaches the peer, and still nothing hangs.
#[tokio::test]
async fn streams_that_are_shared_carry_what_the_program_prints() {
    let mut peer = child_with(&["--shared-streams"]);
    peer.send(&stateless(1, "tools/call", call("print", json!({"text": "aloud"})))).await;
    let Peer::Child { output, .. } = &mut peer else { unreachable!() };
    let mut lines = Vec::new();
    while lines.len() < 4 {
        lines.push(output.next_line().await.unwrap().expect("a line"));
    }
    let [.., answer] = &lines[..] else { unreachable!() };
    assert_eq!(lines[..3], ["println aloud", "print aloudwrite aloud", "child aloud"]);
    assert_eq!(text_of(&serde_json::from_str(answer).unwrap()), "printed");
}
