//! Any stream of bytes as a pipe.

use std::time::Duration;

use mcp_client::McpClient;
use mcp_tests::{
    fixture,
    messages::{call, initialize, request, stateless, text_of},
    peer::Peer,
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, duplex, split};

/// Messages may come and go in any pieces: here in pieces of one byte and a few.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_may_cut_messages_anywhere() {
    let (server, _) = fixture::server();
    for room in [1, 7, 64 << 10] {
        let (ours, theirs) = duplex(room);
        let server = server.clone();
        let serving = tokio::spawn(async move {
            let (reader, writer) = split(theirs);
            server.serve_io(reader, writer).await;
        });
        let (output, mut input) = split(ours);
        let text = "ü".repeat(10_000);
        let messages = [
            initialize("2025-11-25"),
            request(1, "tools/call", call("echo", json!({"text": text}))),
            stateless(2, "tools/call", call("echo", json!({"text": text}))),
        ];
        let sending = tokio::spawn(async move {
            for message in messages {
                input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
            }
            input
        });
        let mut lines = BufReader::new(output).lines();
        let mut ids = Vec::new();
        for _ in 0..3 {
            let answer: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
            if answer["id"] != 0 {
                assert_eq!(text_of(&answer), text);
            }
            ids.push(answer["id"].as_i64().unwrap());
        }
        ids.sort_unstable();
        assert_eq!(ids, [0, 1, 2]);
        // The end of our side is the end of theirs.
        sending.await.unwrap().shutdown().await.unwrap();
        assert_eq!(lines.next_line().await.unwrap(), None);
        serving.await.unwrap();
    }
}

/// Who closes one side and reads on gets the answers to what was sent.
#[tokio::test]
async fn a_stream_that_is_half_closed_is_answered() {
    let mut peer = Peer::on_stream(&fixture::server().0);
    for id in 0..100 {
        peer.send(&stateless(id, "tools/call", call("steps", json!({"count": 3})))).await;
    }
    peer.close_input().await;
    let mut ids: Vec<i64> = peer.rest().await.iter().map(|answer| answer["id"].as_i64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..100).collect::<Vec<i64>>());
}

/// Shutdown waits for what runs on a stream, and ends the stream.
#[tokio::test]
async fn shutdown_ends_streams() {
    let (server, marks) = fixture::server();
    let mut peer = Peer::on_stream(&server);
    peer.handshake("2025-11-25").await;
    peer.send(&request(1, "tools/call", call("gate", json!({})))).await;
    marks.started.reach(1).await;
    let stopping = tokio::spawn(async move { server.shutdown().await });
    marks.open.notify_waiters();
    assert_eq!(text_of(&peer.receive().await.unwrap()), "through");
    assert_eq!(peer.receive().await, None);
    stopping.await.unwrap();
}

/// Dropping the future is the end of the stream, and of nothing else.
#[tokio::test]
async fn a_stream_ends_with_the_future_that_serves_it() {
    let (server, _) = fixture::server();
    let (ours, theirs) = duplex(1024);
    let (reader, writer) = split(theirs);
    let serving = tokio::time::timeout(Duration::from_millis(10), server.serve_io(reader, writer));
    assert!(serving.await.is_err());
    let (mut output, _input) = split(ours);
    assert_eq!(output.read(&mut [0]).await.unwrap(), 0);
    Peer::on_stream(&server).prove_alive().await;
}

/// A peer that takes nothing is given up, after the time that is stated; one that takes little is not.
#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_read_is_given_up() {
    let (server, _) = fixture::server();
    let (ours, theirs) = duplex(1024);
    let (reader, writer) = split(theirs);
    let serving = tokio::spawn(async move { server.serve_io(reader, writer).await });
    let (mut output, mut input) = split(ours);
    let big = stateless(1, "tools/call", call("big", json!({"bytes": 1 << 20})));
    input.write_all(format!("{big}\n").as_bytes()).await.unwrap();
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_secs(29)).await;
        output.read_exact(&mut [0; 100]).await.unwrap();
    }
    assert!(!serving.is_finished());
    let stopped = tokio::time::Instant::now();
    serving.await.unwrap();
    assert!((30..40).contains(&stopped.elapsed().as_secs()), "{:?}", stopped.elapsed());
}

/// Our client on a stream, with a server of each era behind it.
#[tokio::test]
async fn our_client_speaks_over_a_stream() {
    for versions in [vec!["2026-07-28"], vec!["2025-11-25"], vec!["2025-06-18", "2026-07-28"]] {
        let versions = versions.into_iter().map(|version| version.parse().unwrap());
        let server = fixture::builder().0.versions(versions).build();
        let (ours, theirs) = duplex(1024);
        let serving = tokio::spawn(async move {
            let (reader, writer) = split(theirs);
            server.serve_io(reader, writer).await;
        });
        let (reader, writer) = split(ours);
        let client = McpClient::builder("test", "1.0.0").connect_io(reader, writer).await.unwrap();
        let sum: i64 = client.call_tool("add", json!({"a": 1, "b": 2})).await.unwrap().parse().unwrap();
        assert_eq!(sum, 3);
        client.close().await;
        serving.await.unwrap();
    }
}

/// A stream that ends at once is an error that says so, and no hang.
#[tokio::test]
async fn our_client_is_told_of_a_stream_that_ends() {
    let (ours, theirs) = duplex(1024);
    drop(theirs);
    let (reader, writer) = split(ours);
    let refused = McpClient::builder("test", "1.0.0").connect_io(reader, writer).await;
    assert!(refused.unwrap_err().is_closed());
}
