//! How a server that speaks HTTP stops.

use std::time::Duration;

use mcp_tests::{
    fixture,
    messages::{call, call_with_progress, text_of},
};
use serde_json::json;

use crate::Session;

#[tokio::test]
async fn calls_finish_streams_end_and_the_listener_closes() {
    let (server, marks) = fixture::server();
    let listener = server.bind_http("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr();
    let serving = tokio::spawn(listener.serve());
    let session = Session::open(address, "2025-11-25").await;
    let mut stream = session.listen(address).await;
    let waiting = crate::begin(address, &session, &call("gate", json!({}))).await;
    marks.started.reach(2).await;
    let stopping = {
        let server = server.clone();
        tokio::spawn(async move { server.shutdown().await })
    };
    assert_eq!(stream.event().await, None);
    marks.open.notify_waiters();
    for mut connection in waiting {
        assert_eq!(text_of(&connection.answer().await.json()), "through");
    }
    stopping.await.unwrap();
    serving.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

/// Whoever asks for the end need not wait for it: it comes all the same, here without a listener that waits as well.
#[tokio::test]
async fn a_server_goes_on_stopping_when_nobody_waits_for_it() {
    let (server, marks) = fixture::limited(|limits| limits.drain = Duration::from_millis(50));
    let listener = server.bind_http("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr();
    let serving = tokio::spawn(listener.serve());
    let session = Session::open(address, "2025-11-25").await;
    let waiting = crate::begin(address, &session, &call("hang", json!({}))).await;
    marks.started.reach(2).await;
    serving.abort();
    assert!(serving.await.is_err());
    let stopping = tokio::time::timeout(Duration::ZERO, server.shutdown());
    assert!(stopping.await.is_err(), "calls run");
    for mut connection in waiting {
        let answer = tokio::time::timeout(Duration::from_secs(20), connection.answer()).await;
        let answer = answer.expect("a call hangs on that was to be ended");
        assert!(answer.body.contains("the server has stopped"), "{}", answer.body);
    }
    marks.dropped.reach(2).await;
}

/// Whether the answer would have been JSON or a stream, with a session or without: each is answered before the end.
#[tokio::test]
async fn calls_that_do_not_end_are_answered_when_the_patience_is_over() {
    let (server, marks) = fixture::limited(|limits| limits.drain = Duration::from_millis(50));
    let address = crate::start(&server).await;
    let session = Session::open(address, "2025-11-25").await;
    let mut waiting = Vec::new();
    for params in [call("hang", json!({})), call_with_progress("hang", json!({}), 1)] {
        waiting.extend(crate::begin(address, &session, &params).await);
    }
    marks.started.reach(4).await;
    server.shutdown().await;
    marks.dropped.reach(4).await;
    for connection in &mut waiting {
        let answer = connection.answer().await;
        let message = answer.events().pop().unwrap_or_else(|| answer.json());
        assert_eq!(message["error"]["code"], -32603, "{message}");
        assert!(message["error"]["message"].as_str().unwrap().contains("the server has stopped"), "{message}");
        connection.closed().await;
    }
}
