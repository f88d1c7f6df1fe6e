//! How long a client is waited for where nobody has set anything else, by a clock that stands until nothing else can
//! happen.

use std::time::Duration;

use mcp_tests::{
    fixture,
    messages::{call, stateless},
    raw_http::mirror,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::Instant,
};

/// The client's end of a connection that takes little before it is read.
fn connect() -> DuplexStream {
    let (ours, theirs) = tokio::io::duplex(4096);
    let service = fixture::server().0.http_service();
    tokio::spawn(async move { service.serve_connection(theirs, service.clone()).await });
    ours
}

fn request(tool: &str, arguments: serde_json::Value) -> String {
    let message = stateless(1, "tools/call", call(tool, arguments));
    let mut head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".to_owned();
    for (name, value) in mirror(&message) {
        head += &format!("{name}: {value}\r\n");
    }
    format!("{head}Content-Length: {}\r\n\r\n{message}", message.to_string().len())
}

async fn is_answered(connection: &mut DuplexStream) {
    connection.write_all(request("add", json!({"a": 1, "b": 2})).as_bytes()).await.unwrap();
    let mut answer = String::new();
    while !answer.ends_with('}') {
        let mut piece = [0; 1024];
        let length = connection.read(&mut piece).await.unwrap();
        assert!(length > 0, "closed after {answer:?}");
        answer += std::str::from_utf8(&piece[..length]).unwrap();
    }
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// After how many seconds the server ends the connection.
async fn closed(connection: &mut DuplexStream) -> u64 {
    let since = Instant::now();
    connection.read_to_end(&mut Vec::new()).await.unwrap();
    since.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_rest_for_a_minute_between_requests() {
    let mut connection = connect();
    for _ in 0..3 {
        is_answered(&mut connection).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    is_answered(&mut connection).await;
    assert_eq!(closed(&mut connection).await, 75);
}

#[tokio::test(start_paused = true)]
async fn a_head_has_ten_seconds_and_a_body_thirty() {
    for (begun, seconds) in [
        ("", 10),
        ("POST /mcp HTTP/1.1\r\nHost: ", 10),
        ("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{", 30),
    ] {
        let mut connection = connect();
        connection.write_all(begun.as_bytes()).await.unwrap();
        assert_eq!(closed(&mut connection).await, seconds, "{begun:?}");
    }
}

/// Its first byte is there, whatever came before it.
#[tokio::test(start_paused = true)]
async fn a_head_that_begins_with_the_request_before_has_ten_seconds_too() {
    let message = request("add", json!({"a": 1, "b": 2}));
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let (start, length) = head.rsplit_once("\r\n").unwrap();
    assert!(length.starts_with("Content-Length"));
    let chunked = format!("{start}\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let bare = "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned();
    for before in [message.clone(), chunked, bare] {
        for (begun, seconds) in [("", 75), ("P", 10), ("POST /mcp HTTP/1.1\r\nHost: ", 10)] {
            let mut connection = connect();
            connection.write_all(format!("{before}{begun}").as_bytes()).await.unwrap();
            assert_eq!(closed(&mut connection).await, seconds, "{begun:?} behind {before:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_reads_is_given_up_after_thirty_seconds() {
    let mut connection = connect();
    connection.write_all(request("big", json!({"bytes": 1 << 20})).as_bytes()).await.unwrap();
    // Nothing is read, and nothing can be written any more once it is given up.
    let since = Instant::now();
    while connection.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.is_ok() {}
    assert!((30..35).contains(&since.elapsed().as_secs()), "{:?}", since.elapsed());
}
