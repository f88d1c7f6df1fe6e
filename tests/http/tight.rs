//! Calls of one client while others leave no room, or while handlers take their time.

use std::{
    io::Write,
    net::{SocketAddr, TcpStream},
    sync::{Mutex, mpsc},
    time::Duration,
};

use mcp_server::{Limits, Server, ServerResource, ServerTool, tool, tools};
use mcp_tests::{
    fixture,
    messages::{call, cancelled, initialize, request, stateless},
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, time::timeout};

use crate::{Session, start};

const MIB: usize = 1 << 20;
const ROOM: usize = 14 * MIB;

/// Somebody who asks for nearly as much as may be held, and reads nothing of it.
async fn fill(address: SocketAddr) -> Connection {
    let big = stateless(1, "tools/call", call("big", json!({"bytes": ROOM - 700})));
    let mut unread = Connection::open_narrow(address).await;
    unread.send_post(&mirror(&big), &big).await;
    assert_eq!(unread.head().await.status, 200);
    unread
}

#[tokio::test]
async fn a_request_for_which_there_is_no_room_is_told_so() {
    let (server, _) = fixture::limited(|limits| limits.held_bytes = ROOM);
    let address = start(&server).await;
    let _unread = fill(address).await;
    let large = stateless(1, "tools/call", call("echo", json!({"text": "x".repeat(20_000)})));
    let answer = Connection::open(address).await.try_post(&large).await;
    assert_eq!(
        answer.map(|answer| answer.status),
        Some(503),
        "`None` is a connection that was closed without an answer"
    );
}

#[tokio::test]
async fn a_call_that_runs_is_answered_though_there_is_no_room_for_the_requests_behind_it() {
    let (server, marks) = fixture::limited(|limits| limits.held_bytes = ROOM);
    let address = start(&server).await;
    let gate = stateless(1, "tools/call", call("gate", json!({})));
    let mut running = Connection::open(address).await;
    running.send_post(&mirror(&gate), &gate).await;
    marks.started.reach(1).await;
    let _unread = fill(address).await;
    running.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(30)).await;
    // Served after what was sent before it was seen.
    assert_eq!(Connection::open(address).await.post(&stateless(1, "tools/list", json!({}))).await.status, 200);
    marks.open.notify_waiters();
    assert_eq!(running.answer().await.status, 200);
    assert_eq!(marks.finished.get(), 1);
    for _ in 0..30 {
        assert_eq!(running.answer().await.status, 404);
    }
}

/// A handler may compute for long before it first waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_cancel_that_comes_while_a_handler_is_first_polled_counts() {
    let (began, beginning) = mpsc::channel();
    let (go_on, going_on) = mpsc::channel::<()>();
    let (began, going_on) = (Mutex::new(began), Mutex::new(going_on));
    let compute = ServerTool::new("compute", move |_: Value| {
        began.lock().unwrap().send(()).unwrap();
        going_on.lock().unwrap().recv().unwrap();
        std::future::pending::<String>()
    });
    let address = start(&Server::builder("tight", "1.0.0").tools([compute]).build()).await;
    let mut session = Session::open(address, "2025-11-25").await;
    let headers = session.headers();
    session.connection.send_post(&headers, &request(7, "tools/call", call("compute", json!({})))).await;
    tokio::task::spawn_blocking(move || beginning.recv().unwrap()).await.unwrap();
    let answer = Connection::open(address).await.post_with(&headers, &cancelled(7)).await;
    assert_eq!(answer.status, 202);
    go_on.send(()).unwrap();
    let answer = timeout(Duration::from_secs(10), session.connection.answer()).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
}

/// Takes messages from a channel, as a handler may that collects what its own tasks found.
#[tool]
async fn collect(count: usize) -> String {
    let (send, mut receive) = tokio::sync::mpsc::channel(count);
    for n in 0..count {
        send.try_send(n).unwrap();
    }
    for _ in 0..count {
        receive.recv().await.unwrap();
    }
    "done".to_owned()
}

/// Also if the handler has used up what one poll of the connection's task may do, so that a timer is told to wait.
#[tokio::test]
async fn an_idle_connection_is_closed_whatever_its_last_handler_did() {
    let mut limits = Limits::default();
    (limits.connection_idle, limits.head_timeout) = (Duration::from_millis(300), Duration::from_millis(300));
    let address = start(&Server::builder("tight", "1.0.0").tools(tools![collect]).limits(limits).build()).await;
    let mut connections = Vec::new();
    for count in 100..140 {
        // The whole request is there before the server sees the connection: this thread is the server's as well.
        let message = stateless(1, "tools/call", call("collect", json!({"count": count})));
        let mut text = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".to_owned();
        for (name, value) in mirror(&message) {
            text += &format!("{name}: {value}\r\n");
        }
        let message = message.to_string();
        text += &format!("Content-Length: {}\r\n\r\n{message}", message.len());
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        connections.push((count, stream));
    }
    for (count, stream) in connections {
        let mut stream = tokio::net::TcpStream::from_std(stream).unwrap();
        let mut answer = String::new();
        let read = timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(read.is_ok(), "the connection of {count} messages is still open");
    }
}

/// The server takes both spellings for one resource.
#[tokio::test]
async fn a_change_that_waits_is_forgotten_with_its_subscription_however_that_is_spelt() {
    let resource = ServerResource::text("test://a", "a", "text");
    let server = Server::builder("tight", "1.0.0").resources([resource]).build();
    let address = start(&server).await;
    let mut session = Session::open(address, "2025-11-25").await;
    session.post(&request(1, "resources/subscribe", json!({"uri": "TEST://a"}))).await;
    // Told after the first one.
    let mut second = Session::open(address, "2025-11-25").await;
    second.post(&request(1, "resources/subscribe", json!({"uri": "test://a"}))).await;
    let mut hearing = second.listen(address).await;
    server.notify_resource_updated("test://a");
    assert_eq!(hearing.event().await.unwrap()["params"]["uri"], "test://a");
    session.post(&request(2, "resources/unsubscribe", json!({"uri": "test://a"}))).await;
    let mut stream = session.listen(address).await;
    server.notify_tools_list_changed();
    let event = stream.event().await.unwrap();
    assert_eq!(event["method"], "notifications/tools/list_changed", "{event}");
}

/// What a server says of itself may be long, and its handshakes may be left unread like any answer.
#[tokio::test]
async fn a_handshake_whose_answer_finds_no_room_opens_no_session() {
    let (builder, _) = fixture::builder();
    let mut limits = Limits::default();
    (limits.held_bytes, limits.sessions) = (ROOM, 1);
    let address = start(&builder.instructions("x".repeat(20_000)).limits(limits).build()).await;
    let unread = fill(address).await;
    let mut other = Connection::open(address).await;
    let refused = other.post_with(&[], &initialize("2025-11-25")).await;
    assert_eq!((refused.status, &refused.json()["id"]), (503, &json!(0)));
    drop(unread);
    // Once there is room again, the one session that may be opened is still to be had.
    let served = async { while other.post_with(&[], &initialize("2025-11-25")).await.status == 503 {} };
    timeout(Duration::from_secs(20), served).await.unwrap();
}
