//! What whoever runs the server sees with `tracing`: what is refused, and in which request something happens.

use std::time::Duration;

use mcp_server::{Limits, Server, tool, tools};
use mcp_tests::{
    fixture,
    messages::{call, initialize, request, stateless},
    raw_http::{Connection, mirror},
    seen::Seen,
};
use serde_json::json;
use tracing::Level;

use crate::{Session, session_header, start};

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Says where it is.
#[tool]
async fn speak() -> &'static str {
    tracing::info!("here");
    "said"
}

#[tokio::test]
async fn who_runs_the_server_is_told_which_host_or_origin_to_allow() {
    let (seen, _guard) = Seen::begin();
    let address = start(&fixture::server().0).await;
    let hello = initialize("2025-11-25");
    for (header, expected) in [
        (pair("Host", "mcp.example.com:8443"), r#"Host is "mcp.example.com:8443"; if clients reach"#),
        (pair("Origin", "https://app.example.com"), r#"HttpService::allow_origin("https://app.example.com")"#),
        (pair("Host", "a\").allow_any_host(\"b"), "which is no host"),
        (pair("Origin", "https://a\u{202e}b"), r"https://a\u{202e}b"),
        (pair("Origin", "null"), r#"Origin is "null", which no web page"#),
    ] {
        assert_eq!(Connection::open(address).await.post_with(&[header], &hello).await.status, 403);
        let line = seen.line(expected);
        assert!(line.contains(" WARN mcp_server::refused: a request is refused: its "), "{line}");
    }
    assert!(seen.line("8443").contains(r#"HttpService::allow_host("mcp.example.com") refused="host""#));
    assert_eq!(seen.text().matches("allow_any_host").count(), 1, "{}", seen.text());
}

#[tokio::test]
async fn what_a_client_sends_that_is_refused_is_told_with_what_to_change() {
    let (seen, _guard) = Seen::begin();
    let (server, _) = fixture::limited(|limits| limits.body_bytes = 4096);
    let address = start(&server).await;
    let add = stateless(1, "tools/call", call("add", json!({"a": 1, "b": 2})));
    let with = |more: &[(String, String)]| [mirror(&add), more.to_vec()].concat();
    let mut other = mirror(&add);
    other[2].1 = "other".to_owned();
    let unknown = vec![pair("MCP-Protocol-Version", "2031-01-01")];
    let large = stateless(1, "tools/call", call("echo", json!({"text": "x".repeat(5000)})));
    let ping = request(3, "ping", json!({}));
    for (headers, message, status, expected) in [
        (
            with(&[pair("Content-Type", "text/plain"), pair("Accept", "*/*")]),
            &add,
            415,
            r#"Content-Type is "text/plain""#,
        ),
        (
            with(&[pair("Content-Type", "application/json"), pair("Accept", "text/html")]),
            &add,
            406,
            r#"Accept is "text/html""#,
        ),
        (with(&[pair("Content-Type", "application/json")]), &large, 413, "Limits::body_bytes (4096)"),
        ([other, vec![pair("Content-Type", "application/json")]].concat(), &add, 400, "Mcp-Name names something else"),
        ([unknown, vec![pair("Content-Type", "application/json")]].concat(), &ping, 400, r#"revision "2031-01-01""#),
        (vec![pair("Content-Type", "application/json")], &ping, 400, "Mcp-Session-Id is missing"),
        (vec![session_header("nobody"), pair("Content-Type", "application/json")], &ping, 404, "Limits::session_idle"),
    ] {
        let mut connection = Connection::open(address).await;
        connection.send_request("POST", &headers, &message.to_string()).await;
        assert_eq!(connection.answer().await.status, status, "{expected}");
        assert!(seen.line(expected).contains("mcp_server::refused: a "), "{expected}");
    }
    let span =
        r#"request{transport="http" method="tools/call" name="add" id="1" revision="2026-07-28"}: mcp_server::refused"#;
    assert!(seen.line("Mcp-Name").contains(span), "{}", seen.text());
    assert!(seen.line("session_idle").contains(r#"request{transport="http" method="ping" id="3"}"#), "{}", seen.text());
}

#[tokio::test]
async fn a_bound_that_is_reached_is_told_by_its_name() {
    let (seen, _guard) = Seen::begin();
    let (server, _) = fixture::limited(|limits| (limits.connections, limits.sessions, limits.streams) = (2, 1, 1));
    let address = start(&server).await;
    let mut session = Session::open(address, "2025-11-25").await;
    assert_eq!(session.connection.post_with(&[], &initialize("2025-11-25")).await.status, 503);
    seen.line("a session is refused: Limits::sessions (1) is reached");
    let _stream = session.listen(address).await;
    let listen = stateless(1, "subscriptions/listen", json!({"notifications": {"toolsListChanged": true}}));
    let answer = session.connection.post_with(&mirror(&listen), &listen).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    seen.line("a stream is refused: Limits::streams (1) is reached");
    assert_eq!(Connection::open(address).await.answer().await.status, 503);
    seen.line("a connection is refused: Limits::connections (2) is reached");
}

/// What cannot be read at all, and what does not arrive.
#[tokio::test]
async fn a_head_that_is_too_large_and_a_body_that_is_late_are_told() {
    let (seen, _guard) = Seen::begin();
    let (server, _) = fixture::limited(|limits| limits.body_timeout = Duration::from_millis(50));
    let address = start(&server).await;
    let mut large = Connection::open(address).await;
    large.send(format!("GET /mcp HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(101))).await;
    assert_eq!(large.answer().await.status, 431);
    let mut late = Connection::open(address).await;
    let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n";
    late.send(format!("{head}\r\n{{")).await;
    assert_eq!(late.answer().await.status, 408);
    // A connection has told what it has to tell when it ends.
    server.shutdown().await;
    let line = seen.line("its head has more than 65536 bytes, or 100 headers");
    assert!(line.ends_with(r#"refused="size""#), "{line}");
    let line = seen.line("a body is refused: it took longer than Limits::body_timeout (0.05 s)");
    assert!(line.ends_with(r#"refused="time""#), "{line}");
}

#[tokio::test]
async fn memory_that_is_full_is_told_by_the_name_of_its_bound() {
    let (seen, _guard) = Seen::begin();
    let bounds = |limits: &mut Limits| (limits.held_bytes, limits.kept_bytes) = (1 << 20, 16 << 10);
    let (server, _) = fixture::limited(bounds);
    let address = start(&server).await;
    let large = stateless(1, "tools/call", call("echo", json!({"text": "x".repeat(2 << 20)})));
    assert_eq!(Connection::open(address).await.post(&large).await.status, 503);
    let line = seen.line("a body is refused: Limits::held_bytes (1048576) is reached; raise it if that is too few");
    assert!(line.ends_with(r#"refused="memory""#), "{line}");

    let mut handshake = initialize("2025-11-25");
    handshake["params"]["capabilities"]["experimental"] = json!({"x": {"y": "x".repeat(12 << 10)}});
    for status in [200, 503] {
        assert_eq!(Connection::open(address).await.post_with(&[], &handshake).await.status, status);
    }
    let line = seen.line("a session is refused: Limits::kept_bytes (16384) is reached");
    assert!(line.ends_with(r#"refused="memory""#), "{line}");

    let meta = json!({"notifications": {"toolsListChanged": true}, "_meta": {"x": "x".repeat(12 << 10)}});
    let listen = stateless(1, "subscriptions/listen", meta);
    let mut connection = Connection::open(address).await;
    connection.send_post(&mirror(&listen), &listen).await;
    assert_ne!(connection.head().await.headers["content-type"], "text/event-stream");
    let line = seen.line("a stream or subscription is refused: Limits::kept_bytes (16384) is reached");
    assert!(line.ends_with(r#"refused="memory""#), "{line}");
}

#[tokio::test]
async fn calls_beyond_a_bound_are_told_by_its_name() {
    let (seen, _guard) = Seen::begin();
    let (server, marks) = fixture::limited(|limits| (limits.calls, limits.calls_per_session) = (2, 1));
    let address = start(&server).await;
    let session = Session::open(address, "2025-11-25").await;
    let mut first = Connection::open(address).await;
    first.send_post(&session.headers(), &request(1, "tools/call", call("gate", json!({})))).await;
    marks.started.reach(1).await;
    let mut busy = Connection::open(address).await;
    let again = request(2, "tools/call", call("gate", json!({})));
    assert_eq!(busy.post_with(&session.headers(), &again).await.status, 503);
    let line = seen.line("a call of a session is refused: Limits::calls_per_session (1) is reached");
    assert!(line.ends_with(r#"refused="calls""#), "{line}");

    let gate = stateless(3, "tools/call", call("gate", json!({})));
    let mut second = Connection::open(address).await;
    second.send_post(&mirror(&gate), &gate).await;
    marks.started.reach(2).await;
    assert_eq!(busy.post(&gate).await.status, 503);
    let line = seen.line("a call is refused: Limits::calls (2) is reached; raise it if that is too few");
    assert!(line.ends_with(r#"refused="calls""#), "{line}");
    marks.open.notify_waiters();
    assert_eq!((first.answer().await.status, second.answer().await.status), (200, 200));
}

#[tokio::test]
async fn of_a_flood_of_refusals_a_few_are_told_and_the_others_counted() {
    const FLOOD: u64 = 400;
    let (seen, _guard) = Seen::begin();
    let (server, _) = fixture::server();
    let address = start(&server).await;
    let mut connection = Connection::open(address).await;
    for _ in 0..FLOOD {
        connection.send("GET /mcp HTTP/1.1\r\nHost: evil.com\r\n\r\n").await;
        assert_eq!(connection.answer().await.status, 403);
    }
    server.shutdown().await;
    let text = seen.text();
    let told = text.matches("evil.com\"; if clients").count() as u64;
    let counts = text.lines().filter_map(|line| line.split_once("left_out=")?.1.trim().parse::<u64>().ok());
    assert!((1..FLOOD).contains(&told), "{told} are told");
    assert_eq!(told + counts.sum::<u64>(), FLOOD, "{text}");
}

#[tokio::test]
async fn what_a_handler_says_stands_in_the_span_of_its_request() {
    let (seen, _guard) = Seen::from(Level::DEBUG);
    let server = Server::builder("seen", "1.0.0").tools(tools![speak]).build();
    let address = start(&server).await;
    let alone = stateless(7, "tools/call", call("speak", json!({})));
    assert_eq!(Connection::open(address).await.post(&alone).await.status, 200);
    let mut session = Session::open(address, "2025-06-18").await;
    assert_eq!(session.post(&request("a\nb", "tools/call", call("speak", json!({})))).await.status, 200);
    let client = mcp_client::McpClient::connect_in_process(&server).await.unwrap();
    client.call_tool("speak", json!({})).await.unwrap();
    let text = seen.text();
    for span in [
        r#"request{transport="http" method="tools/call" name="speak" id="7" revision="2026-07-28"}"#,
        r#"request{transport="http" method="tools/call" name="speak" id="a b" revision="2025-06-18"}"#,
        r#"request{transport="in process" method="tools/call" name="speak" id="#,
    ] {
        assert!(text.lines().any(|line| line.contains(span) && line.ends_with("here")), "{span} in\n{text}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_listened_on_is_named_with_what_to_do() {
    let (server, _) = fixture::server();
    let taken = server.bind_http("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr();
    let error = server.bind_http(address).await.unwrap_err();
    assert!(error.is_io(), "{error}");
    let text = error.to_string();
    assert!(text.contains(&format!("cannot listen on {address}")) && text.contains("choose another port"), "{text}");
    let elsewhere = server.serve_http("192.0.2.1:0").await.unwrap_err().to_string();
    assert!(elsewhere.contains("192.0.2.1:0") && elsewhere.contains("no interface of this machine"), "{elsewhere}");
    let open = server.bind_http("0.0.0.0:0").await.unwrap_err().to_string();
    assert!(open.contains("0.0.0.0:") && open.contains("allow_host"), "{open}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_that_cannot_be_listened_at_is_named_with_what_to_do() {
    let (server, _) = fixture::server();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let _taken = server.bind_unix(&path).await.unwrap();
    let text = server.bind_unix(&path).await.unwrap_err().to_string();
    assert!(text.contains(path.to_str().unwrap()) && text.contains("choose another path"), "{text}");
    let nowhere = directory.path().join("none").join("socket");
    let text = server.serve_unix(&nowhere).await.unwrap_err().to_string();
    assert!(text.contains(nowhere.to_str().unwrap()) && text.contains("make it first"), "{text}");
}
