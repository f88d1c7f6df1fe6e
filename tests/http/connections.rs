//! Connections: how many, how long, and what becomes of those whose client is gone, slow or silent.

use std::{net::SocketAddr, time::Duration};

use axum::routing::get;
use mcp_server::Server;
use mcp_tests::{
    fixture::{self, Marks},
    messages::{call, call_with_progress, request, stateless, text_of},
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{Session, start};

const MIB: usize = 1 << 20;

fn add() -> Value {
    stateless(1, "tools/call", call("add", json!({"a": 1, "b": 2})))
}

async fn is_served(address: SocketAddr) {
    assert_eq!(text_of(&Connection::open(address).await.post(&add()).await.json()), "3");
}

/// The ways in which a server may be listening: on its own, with an app around it, and by a listener of the app's.
async fn listeners(server: &Server) -> [SocketAddr; 3] {
    let service = server.http_service();
    let app = axum::Router::new().route_service("/mcp", service.clone()).route("/health", get(|| async { "well" }));
    let listener = service.clone().bind("127.0.0.1:0").await.unwrap();
    let around = listener.local_addr();
    tokio::spawn(listener.serve_with(app.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let foreign = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let (service, app) = (service.clone(), app.clone());
            tokio::spawn(async move { service.serve_connection(stream, app).await });
        }
    });
    [start(server).await, around, foreign]
}

/// A client that reads nothing of what is written to it does not keep its answer in memory for ever.
#[tokio::test]
async fn a_client_that_takes_nothing_is_let_go() {
    let (server, _) = fixture::limited(|limits| {
        limits.write_stall = Duration::from_millis(100);
        limits.held_bytes = 12 * MIB;
    });
    let big = stateless(1, "tools/call", call("big", json!({"bytes": 8 * MIB})));
    for address in listeners(&server).await {
        let mut unread = Connection::open_narrow(address).await;
        unread.send_post(&mirror(&big), &big).await;
        assert_eq!(unread.head().await.status, 200);
        let mut other = Connection::open(address).await;
        let served = async { while other.post(&big).await.status == 503 {} };
        tokio::time::timeout(Duration::from_secs(20), served).await.expect("the answer is held for ever");
        drop(unread);
    }
}

/// However long an answer takes, its client is not let go while it reads.
#[tokio::test]
async fn a_client_that_reads_slowly_gets_everything() {
    let (server, _) = fixture::limited(|limits| limits.write_stall = Duration::from_secs(2));
    let big = stateless(1, "tools/call", call("big", json!({"bytes": 8 * MIB})));
    let mut slow = Connection::open_narrow(start(&server).await).await;
    slow.send_post(&mirror(&big), &big).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(text_of(&slow.answer().await.json()).len(), 8 * MIB);
}

#[tokio::test]
async fn connections_beyond_the_bound_are_turned_away() {
    let (server, _) = fixture::limited(|limits| limits.connections = 2);
    let address = start(&server).await;
    let mut first = Connection::open(address).await;
    let mut second = Connection::open(address).await;
    assert_eq!(first.post(&add()).await.status, 200);
    assert_eq!(second.post(&add()).await.status, 200);
    let mut third = Connection::open(address).await;
    let away = third.answer().await;
    assert_eq!((away.status, away.headers["retry-after"].as_str()), (503, "1"));
    third.closed().await;
    // Those that are there go on, and a place that is free is taken again.
    assert_eq!(first.post(&add()).await.status, 200);
    drop(second);
    let served = async {
        loop {
            let mut next = Connection::open(address).await;
            if next.try_post(&add()).await.is_some_and(|answer| answer.status == 200) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), served).await.expect("the place does not come back");
}

/// Between two requests a client has longer than for a head, which has its time from its first byte on.
#[tokio::test]
async fn silence_between_requests_has_its_own_bound() {
    let (server, _) = fixture::limited(|limits| limits.head_timeout = Duration::from_millis(100));
    for address in listeners(&server).await {
        let mut connection = Connection::open(address).await;
        assert_eq!(connection.post(&add()).await.status, 200);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(connection.post(&add()).await.status, 200);
        connection.send("POST /mcp HT").await;
        connection.closed().await;
        let mut first = Connection::open(address).await;
        first.closed().await;
    }
    let (server, _) = fixture::limited(|limits| limits.connection_idle = Duration::from_millis(100));
    for address in listeners(&server).await {
        let mut connection = Connection::open(address).await;
        assert_eq!(connection.post(&add()).await.status, 200);
        connection.closed().await;
    }
}

/// A client may end its own side and wait for its answer, be that JSON or a stream.
#[tokio::test]
async fn a_client_that_is_done_with_writing_is_answered() {
    let (server, marks) = fixture::server();
    let mut started = 0;
    for address in listeners(&server).await {
        let session = Session::open(address, "2025-11-25").await;
        for params in [call("gate", json!({})), call_with_progress("gate", json!({}), 1)] {
            let message = stateless(1, "tools/call", params.clone());
            let mut alone = Connection::open(address).await;
            alone.send_post(&mirror(&message), &message).await;
            alone.half_close().await;
            let mut within = session.again(address).await;
            let headers = within.headers();
            within.connection.send_post(&headers, &request(1, "tools/call", params)).await;
            within.connection.half_close().await;
            started += 2;
            marks.started.reach(started).await;
            // Long enough for the server to ask several times whether the clients are still there.
            tokio::time::sleep(Duration::from_millis(150)).await;
            marks.open.notify_waiters();
            for connection in [&mut alone, &mut within.connection] {
                assert_eq!(text_of(&connection.answer().await.json()), "through");
                connection.closed().await;
            }
        }
        // Here the answer has begun before the client ends its side.
        let message = stateless(1, "tools/call", call_with_progress("steps", json!({"count": 100}), 1));
        let mut streamed = Connection::open(address).await;
        streamed.send_post(&mirror(&message), &message).await;
        assert_eq!(streamed.head().await.headers["content-type"], "text/event-stream");
        streamed.half_close().await;
        assert_eq!(text_of(streamed.events().await.last().unwrap()), "done");
    }
}

async fn vanishes_and_cancels(address: SocketAddr, marks: &Marks, params: Value, behind: &str) {
    let before = (marks.started.get(), marks.dropped.get());
    let message = stateless(1, "tools/call", params);
    let mut connection = Connection::open(address).await;
    connection.send_post(&mirror(&message), &message).await;
    marks.started.reach(before.0 + 1).await;
    connection.send(behind).await;
    drop(connection);
    marks.dropped.reach(before.1 + 1).await;
}

/// One that is gone altogether is no such client, whatever it had sent behind its request.
#[tokio::test]
async fn a_client_that_is_gone_cancels_its_call_also_with_requests_behind_it() {
    mcp_tests::covers!("HTTPM-020");
    let (server, marks) = fixture::server();
    for address in listeners(&server).await {
        for params in [call("hang", json!({})), call_with_progress("hang", json!({}), 1)] {
            for behind in ["", "GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n", "\r\n"] {
                vanishes_and_cancels(address, &marks, params.clone(), behind).await;
            }
        }
    }
}

/// Requests that were sent behind a slow one are answered after it, in order.
#[tokio::test]
async fn requests_behind_a_slow_one_are_answered_in_order() {
    let (server, marks) = fixture::server();
    for (turn, address) in listeners(&server).await.into_iter().enumerate() {
        let mut connection = Connection::open(address).await;
        let slow = stateless(0, "tools/call", call("gate", json!({})));
        connection.send_post(&mirror(&slow), &slow).await;
        marks.started.reach(turn + 1).await;
        for id in 1..=20 {
            let message = stateless(id, "tools/call", call("echo", json!({"text": "x".repeat(2000)})));
            connection.send_post(&mirror(&message), &message).await;
        }
        marks.open.notify_waiters();
        for id in 0..=20 {
            assert_eq!(connection.answer().await.json()["id"], id);
        }
    }
}

/// What else the app has is served by the same listener, and ends with the server.
#[tokio::test]
async fn an_app_is_served_with_everything_that_it_has() {
    let (server, marks) = fixture::server();
    let [_, around, foreign] = listeners(&server).await;
    for address in [around, foreign] {
        let mut connection = Connection::open(address).await;
        connection.send("GET /health HTTP/1.1\r\nHost: anything\r\n\r\n").await;
        assert_eq!(connection.answer().await.body, "well");
        connection.send("GET /nothing HTTP/1.1\r\nHost: anything\r\n\r\n").await;
        assert_eq!(connection.answer().await.status, 404);
        assert_eq!(connection.post(&add()).await.status, 200);
        is_served(address).await;
    }
    let mut waiting = Connection::open(around).await;
    let message = stateless(1, "tools/call", call("gate", json!({})));
    waiting.send_post(&mirror(&message), &message).await;
    marks.started.reach(1).await;
    let stopping = tokio::spawn(async move { server.shutdown().await });
    let listens = async { while tokio::net::TcpStream::connect(around).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), listens).await.expect("the listener stays open");
    marks.open.notify_waiters();
    assert_eq!(text_of(&waiting.answer().await.json()), "through");
    stopping.await.unwrap();
}
