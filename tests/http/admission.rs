//! Who is let in, and with what.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use mcp_server::{
    Error,
    middleware::{Call, Next, Outcome, from_fn},
};
use mcp_tests::{
    fixture,
    messages::{call, call_with_progress, initialize, request, stateless},
    raw_http::{Connection, mirror},
};
use serde_json::json;

use crate::{Session, start};

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// HTTPM-002, HTTPM-003, HTTPM-004, HTTPL-038: with no configuration, for every HTTP method.
#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    mcp_tests::covers!("HTTPM-002", "HTTPM-003", "HTTPM-004", "HTTPL-038");
    let address = start(&fixture::server().0).await;
    for method in ["POST", "GET", "DELETE", "OPTIONS"] {
        for (header, expected) in [
            (pair("Host", "evil.com"), 403),
            (pair("Host", "127.0.0.1.evil.com"), 403),
            (pair("Host", "[::ffff:127.0.0.1]"), 403),
            (pair("Origin", "http://evil.com"), 403),
            (pair("Origin", "null"), 403),
            (pair("Origin", "http://localhost.evil.com"), 403),
        ] {
            let mut connection = Connection::open(address).await;
            let headers = [header.clone(), pair("Content-Type", "application/json")];
            connection.send_request(method, &headers, &initialize("2025-11-25").to_string()).await;
            assert_eq!(connection.answer().await.status, expected, "{method} {header:?}");
        }
    }
    let mut connection = Connection::open(address).await;
    let local = connection.post_with(&[pair("Origin", "http://localhost:5173")], &initialize("2025-11-25")).await;
    assert_eq!(local.status, 200);
    let mut twice = Connection::open(address).await;
    twice.send("POST /mcp HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(twice.answer().await.status, 400);
}

/// HTTPM-032, HTTPM-033: the types that a web page may send without asking are refused.
#[tokio::test]
async fn only_json_is_taken() {
    mcp_tests::covers!("HTTPM-033");
    let address = start(&fixture::server().0).await;
    let message = stateless(1, "tools/call", call("add", json!({"a": 1, "b": 2})));
    for (content_type, status) in [
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/json; charset=utf-16", 415),
        ("APPLICATION/JSON; charset=utf-8", 200),
        ("application/json;charset=utf8", 200),
        ("application/json; charset=\"US-ASCII\"", 200),
    ] {
        let mut headers = mirror(&message);
        headers.push(pair("Content-Type", content_type));
        let mut connection = Connection::open(address).await;
        connection.send_request("POST", &headers, &message.to_string()).await;
        assert_eq!(connection.answer().await.status, status, "{content_type}");
    }
    let mut connection = Connection::open(address).await;
    connection.send_request("POST", &mirror(&message), &message.to_string()).await;
    assert_eq!(connection.answer().await.status, 415);
    let answer = connection.post_with(&[pair("Content-Encoding", "gzip")], &message).await;
    assert_eq!(answer.status, 415);
    let mut headers = mirror(&message);
    headers.push(pair("Content-Encoding", "Identity"));
    assert_eq!(connection.post_with(&headers, &message).await.status, 200);
    let mut headers = mirror(&message);
    headers.extend([pair("Content-Type", "application/json"), pair("Accept", "text/html")]);
    connection.send_request("POST", &headers, &message.to_string()).await;
    assert_eq!(connection.answer().await.status, 406);
}

#[tokio::test]
async fn other_paths_and_methods_are_not_served() {
    let mut connection = Connection::open(start(&fixture::server().0).await).await;
    connection.send("GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert_eq!(connection.answer().await.status, 404);
    connection.send("GET /other HTTP/1.1\r\nHost: evil.com\r\n\r\n").await;
    assert_eq!(connection.answer().await.status, 403);
    for method in ["PUT", "PATCH", "OPTIONS"] {
        connection.send_request(method, &[], "").await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST, GET, DELETE"), "{method}");
    }
}

#[tokio::test]
async fn the_endpoint_is_found_with_a_slash_behind_it_too() {
    let message = stateless(1, "tools/call", call("add", json!({"a": 1, "b": 2})));
    let mut head =
        format!("POST /mcp/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n", message.to_string().len());
    for (name, value) in [mirror(&message), vec![pair("Content-Type", "application/json")]].concat() {
        head += &format!("{name}: {value}\r\n");
    }
    let mut connection = Connection::open(start(&fixture::server().0).await).await;
    connection.send(format!("{head}\r\n{message}")).await;
    assert_eq!(connection.answer().await.status, 200);
}

/// The host in the request target counts more than the header, so that both must be allowed.
#[tokio::test]
async fn a_foreign_host_in_the_request_target_is_refused() {
    mcp_tests::covers!("HTTPM-004");
    let address = start(&fixture::server().0).await;
    let body = initialize("2025-11-25").to_string();
    for (target, status) in [
        ("http://evil.com/mcp", 403),
        ("http://evil.com:80/other", 403),
        ("http://user@localhost/mcp", 403),
        ("http://localhost/mcp", 200),
    ] {
        let mut connection = Connection::open(address).await;
        let head = format!("POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n");
        connection.send(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).await;
        assert_eq!(connection.answer().await.status, status, "{target}");
    }
}

/// A proxy that reads such a header otherwise would see another request where this server sees a body.
#[tokio::test]
async fn only_one_transfer_coding_is_served() {
    let address = start(&fixture::server().0).await;
    let body = initialize("2025-11-25").to_string();
    let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for path in ["/mcp", "/other"] {
        for codings in
            ["chunked, chunked", "gzip, chunked", "identity, chunked", "chunked\r\nTransfer-Encoding: chunked"]
        {
            let mut connection = Connection::open(address).await;
            let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
            connection.send(format!("{head}Transfer-Encoding: {codings}\r\n\r\n{chunks}")).await;
            let answer = connection.answer().await;
            assert_eq!((answer.status, answer.headers["connection"].as_str()), (400, "close"), "{codings}");
            connection.closed().await;
        }
    }
    let mut connection = Connection::open(address).await;
    let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    connection.send(format!("{head}Transfer-Encoding: Chunked\r\n\r\n{chunks}")).await;
    assert_eq!(connection.answer().await.status, 200);
}

/// HTTPM-032: bodies are bounded, declared or not.
#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let (server, _) = fixture::limited(|limits| limits.body_bytes = 1000);
    let address = start(&server).await;
    let message = |length: usize| stateless(1, "tools/call", call("echo", json!({"text": "x".repeat(length)})));
    let fits = message(1000 - message(0).to_string().len());
    assert_eq!(Connection::open(address).await.post(&fits).await.status, 200);
    let over = message(1001 - message(0).to_string().len());
    assert_eq!(Connection::open(address).await.post(&over).await.status, 413);
    let mut chunked = Connection::open(address).await;
    let head =
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    chunked.send(format!("{head}320\r\n{}\r\n", "x".repeat(800))).await;
    chunked.send(format!("320\r\n{}\r\n", "x".repeat(800))).await;
    assert_eq!(chunked.answer().await.status, 413);
}

/// What is refused before its body was read: the rest is read if it is small, and the connection goes on.
#[tokio::test]
async fn a_small_body_that_nobody_wants_is_read_past() {
    let (server, _) = fixture::limited(|limits| limits.body_bytes = 1000);
    let address = start(&server).await;
    let refused = [
        ("Host: evil.com\r\nContent-Type: application/json", 403),
        ("Host: localhost\r\nContent-Type: text/plain", 415),
        ("Host: localhost\r\nContent-Type: application/json\r\nAccept: text/html", 406),
        ("Host: localhost\r\nContent-Type: application/json", 413),
    ];
    for (headers, status) in refused {
        let mut connection = Connection::open(address).await;
        connection.send(format!("POST /mcp HTTP/1.1\r\n{headers}\r\nContent-Length: 60000\r\n\r\n")).await;
        // The body comes late, in pieces, and is no request.
        for _ in 0..60 {
            connection.send("x".repeat(1000)).await;
            tokio::task::yield_now().await;
        }
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.headers.get("connection")), (status, None));
        let message = stateless(1, "tools/call", call("add", json!({"a": 1, "b": 2})));
        assert_eq!(connection.post(&message).await.status, 200, "after {status}");
    }
}

/// A body that is too large to be read past ends the connection, and says so.
#[tokio::test]
async fn a_large_body_that_nobody_wants_ends_the_connection() {
    let (server, _) = fixture::limited(|limits| limits.body_bytes = 1000);
    let address = start(&server).await;
    // Answered at once, or when the client has written everything, whichever it looks at first.
    for body in [String::new(), "x".repeat(1_000_000)] {
        for (content_type, status) in [("text/plain", 415), ("application/json", 413)] {
            let mut connection = Connection::open(address).await;
            let head = format!("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n");
            connection.send(format!("{head}Content-Length: 1000000\r\n\r\n{body}")).await;
            let answer = connection.answer().await;
            assert_eq!((answer.status, answer.headers["connection"].as_str()), (status, "close"));
            connection.closed().await;
        }
    }
}

/// Whoever asks before it sends a body, and is refused, may send it or not: what comes next is no request.
#[tokio::test]
async fn a_refused_expectation_ends_the_connection() {
    let mut connection = Connection::open(start(&fixture::server().0).await).await;
    let head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n";
    connection.send(format!("{head}Content-Length: 100\r\n\r\n")).await;
    let answer = connection.answer().await;
    assert_eq!((answer.status, answer.headers["connection"].as_str()), (415, "close"));
    connection.closed().await;
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let (server, _) = fixture::limited(|limits| limits.body_timeout = Duration::from_millis(50));
    let mut connection = Connection::open(start(&server).await).await;
    let head =
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    connection.send(head).await;
    assert_eq!(connection.answer().await.status, 408);
}

#[tokio::test]
async fn a_head_that_does_not_arrive_closes_the_connection() {
    let (server, _) = fixture::limited(|limits| limits.head_timeout = Duration::from_millis(50));
    let address = start(&server).await;
    let mut slow = Connection::open(address).await;
    slow.send("POST /mcp HT").await;
    slow.closed().await;
    let mut silent = Connection::open(address).await;
    silent.closed().await;
}

/// Listening beyond this machine needs a word about who may come.
#[tokio::test]
async fn an_address_that_others_reach_needs_a_host() {
    let (server, _) = fixture::server();
    let error = server.bind_http("0.0.0.0:0").await.unwrap_err();
    assert!(error.is_configuration() && error.to_string().contains("allow_host"), "{error}");
    let listener = server.http_service().allow_host("mcp.example.com").bind("0.0.0.0:0").await.unwrap();
    let address = (std::net::Ipv4Addr::LOCALHOST, listener.local_addr().port()).into();
    tokio::spawn(listener.serve());
    let mut connection = Connection::open(address).await;
    let headers = [pair("Host", "mcp.example.com"), pair("MCP-Protocol-Version", "2025-11-25")];
    let named = connection.post_with(&headers, &initialize("2025-11-25")).await;
    assert_eq!(named.status, 200);
}

/// More calls at once than the server allows are refused, not queued without end.
#[tokio::test]
async fn calls_beyond_the_limit_are_refused_at_once() {
    let (server, marks) = fixture::limited(|limits| limits.calls = 1);
    let address = start(&server).await;
    let mut first = Connection::open(address).await;
    let message = stateless(1, "tools/call", call("gate", json!({})));
    first.send_post(&mirror(&message), &message).await;
    marks.started.reach(1).await;
    let mut second = Connection::open(address).await;
    let busy = second.post(&stateless(7, "tools/call", call("gate", json!({})))).await;
    assert_eq!((busy.status, busy.headers["retry-after"].as_str()), (503, "1"));
    assert_eq!(busy.json()["id"], 7);
    marks.open.notify_waiters();
    assert_eq!(first.answer().await.status, 200);
    assert_eq!(second.post(&stateless(2, "tools/call", call("add", json!({"a": 1, "b": 1})))).await.status, 200);
}

/// In both eras, and whichever form of answer the client would rather have.
#[tokio::test]
async fn a_layer_that_refuses_says_its_status_and_headers() {
    async fn refuse(call: Call, next: Next) -> Result<Outcome, Error> {
        let headers = HeaderMap::from_iter([
            (header::RETRY_AFTER, HeaderValue::from_static("5")),
            (header::CONTENT_LENGTH, HeaderValue::from_static("1")),
        ]);
        match call.name() {
            Some("add") => Err(Error::internal("wait").with_http(StatusCode::TOO_MANY_REQUESTS, headers)),
            Some("echo") => Err(Error::internal("no error").with_http(StatusCode::NO_CONTENT, headers)),
            _ => next.run(call).await,
        }
    }
    let server = fixture::builder().0.layer(from_fn(refuse)).build();
    let address = start(&server).await;
    let mut session = Session::open(address, "2025-11-25").await;
    let mut alone = Connection::open(address).await;
    let params = call("add", json!({"a": 1, "b": 2}));
    let answers = [
        alone.post(&stateless(1, "tools/call", params.clone())).await,
        alone.post(&stateless(1, "tools/call", call_with_progress("add", json!({}), 1))).await,
        session.post(&request(1, "tools/call", params)).await,
    ];
    for answer in answers {
        assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (429, "5"));
        assert_eq!(answer.json()["error"]["message"], "wait");
    }
    let answer = alone.post(&stateless(1, "tools/call", call("echo", json!({"text": ""})))).await;
    assert_eq!((answer.status, answer.json()["error"]["message"].as_str()), (200, Some("no error")));
}
