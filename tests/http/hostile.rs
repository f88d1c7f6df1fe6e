//! Clients that mean harm, byte by byte: each is answered or closed within its bound, and another is served beside it.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mcp_server::Server;
use mcp_tests::{
    fixture,
    messages::{call, stateless, text_of},
    raw_http::{Connection, mirror},
};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::start;

/// How long anything may take that is bounded by far less.
const PATIENCE: Duration = Duration::from_secs(20);
const HEAD: &str = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const GET: &str = "GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A server whose times are short, so that what it bounds can be awaited.
fn server() -> Server {
    let (server, _) = fixture::limited(|limits| {
        // Long enough for a client that means well on a busy machine.
        limits.head_timeout = Duration::from_secs(2);
        limits.body_timeout = Duration::from_secs(2);
        limits.connection_idle = Duration::from_secs(2);
        limits.write_stall = Duration::from_secs(2);
        limits.body_bytes = 64 << 10;
    });
    server
}

/// Lets `hostile` do its work while another client asks and asks.
async fn beside_a_healthy_client<T>(address: SocketAddr, hostile: impl Future<Output = T>) -> T {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let healthy = tokio::spawn(async move {
        let mut answered = 0;
        while !stopped.load(Ordering::Relaxed) || answered == 0 {
            let mut connection = Connection::open(address).await;
            for _ in 0..10 {
                let add = stateless(1, "tools/call", call("add", json!({"a": 1, "b": 2})));
                assert_eq!(text_of(&connection.post(&add).await.json()), "3");
                answered += 1;
            }
            tokio::task::yield_now().await;
        }
    });
    let outcome = timeout(PATIENCE, hostile).await.expect("the hostile client is neither answered nor closed");
    stop.store(true, Ordering::Relaxed);
    healthy.await.unwrap();
    outcome
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// The statuses of all answers until the server closes the connection; a reset ends it like an end.
async fn statuses(reader: &mut (impl AsyncRead + Unpin)) -> Vec<u16> {
    let mut answered = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = reader.read(&mut chunk).await {
        answered.extend_from_slice(&chunk[..length]);
    }
    let text = String::from_utf8_lossy(&answered);
    text.split("HTTP/1.").skip(1).map(|head| head.split(' ').nth(1).unwrap().parse().unwrap()).collect()
}

/// Sends bytes, and then more of them one by one, as far as they are taken, and returns what is answered.
async fn exchange(address: SocketAddr, at_once: &[u8], slowly: &[u8]) -> Vec<u16> {
    let mut stream = connect(address).await;
    let (mut reader, mut writer) = stream.split();
    let writing = async {
        let _ = writer.write_all(at_once).await;
        for byte in slowly {
            let _ = writer.write_all(&[*byte]).await;
            sleep(Duration::from_millis(20)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = writing => Vec::new(),
        answered = statuses(&mut reader) => answered,
    }
}

fn with_body(headers: &str, body: &str) -> Vec<u8> {
    format!("{HEAD}{headers}\r\n{body}").into_bytes()
}

/// Where a proxy and this server could disagree about the end of a request, there is no second request.
#[tokio::test]
async fn a_request_cannot_be_smuggled_behind_another() {
    let address = start(&server()).await;
    let smuggled = |headers: &str, body: &str| with_body(headers, &format!("{body}{GET}"));
    let cases: Vec<(&str, Vec<u8>, &[u16])> = vec![
        ("length and chunks", smuggled("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), &[400]),
        ("chunks and length", smuggled("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), &[400]),
        ("two lengths", smuggled("Content-Length: 0\r\nContent-Length: 3\r\n", ""), &[400]),
        ("a list of lengths", smuggled("Content-Length: 0, 0\r\n", ""), &[400]),
        ("a sign", smuggled("Content-Length: +0\r\n", ""), &[400]),
        ("a negative length", smuggled("Content-Length: -1\r\n", ""), &[400]),
        ("a hexadecimal length", smuggled("Content-Length: 0x0\r\n", ""), &[400]),
        ("a length beyond any number", smuggled("Content-Length: 99999999999999999999\r\n", ""), &[400]),
        ("an empty length", smuggled("Content-Length: \r\n", ""), &[400]),
        ("a space before the colon", smuggled("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), &[400]),
        ("a folded header", smuggled("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), &[400]),
        ("another coding", smuggled("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), &[400]),
        ("a coding within another", smuggled("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), &[400]),
        ("a coding after another", smuggled("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"), &[400]),
        ("a form feed", smuggled("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"), &[400]),
        ("a zero byte", smuggled("X-Zero: a\0b\r\n", ""), &[400]),
        ("a chunk of nearly any size", smuggled("Transfer-Encoding: chunked\r\n", "FFFFFFFFFFFFFFFFF\r\n"), &[400]),
        ("a chunk size with a sign", smuggled("Transfer-Encoding: chunked\r\n", "+0\r\n\r\n"), &[400]),
        ("a chunk without its end", smuggled("Transfer-Encoding: chunked\r\n", "2\r\n{}X0\r\n\r\n"), &[400]),
        (
            "chunks of HTTP/1.0",
            format!("POST /mcp HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{GET}")
                .into_bytes(),
            &[400],
        ),
        ("a close", smuggled("Connection: close\r\nContent-Length: 0\r\n", ""), &[400]),
    ];
    beside_a_healthy_client(address, async {
        for (what, bytes, expected) in cases {
            assert_eq!(exchange(address, &bytes, b"").await, expected, "{what}");
        }
    })
    .await;
}

/// What is no request, or asks for what there is not, is told so or closed.
#[tokio::test]
async fn what_is_no_request_is_refused() {
    let address = start(&server()).await;
    let long = |length: usize| "x".repeat(length);
    let cases: Vec<(&str, Vec<u8>, &[u16])> = vec![
        (
            "a head of 65 KiB that is there at once",
            format!("GET /mcp HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", long(65 << 10)).into_bytes(),
            &[431],
        ),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), &[]),
        ("HTTP/0.9", b"GET /mcp\r\n\r\n".to_vec(), &[400]),
        ("HTTP/3.0", b"GET /mcp HTTP/3.0\r\nHost: localhost\r\n\r\n".to_vec(), &[400]),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), &[400]),
        ("nothing but line ends", b"\r\n\r\n\r\n".to_vec(), &[]),
        ("a tunnel", b"CONNECT evil.com:443 HTTP/1.1\r\nHost: evil.com:443\r\n\r\n".to_vec(), &[403]),
        ("a trace", b"TRACE /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(), &[405]),
        ("an asterisk", b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(), &[404]),
        ("two slashes", b"GET //mcp HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(), &[404]),
        (
            "an upgrade",
            b"GET /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n".to_vec(),
            &[400],
        ),
        ("a long target", format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", long(70_000)).into_bytes(), &[431]),
        ("a long method", format!("{} /mcp HTTP/1.1\r\n\r\n", long(70_000)).into_bytes(), &[431]),
        ("many headers", format!("GET /mcp HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(101)).into_bytes(), &[431]),
        ("a long header", format!("GET /mcp HTTP/1.1\r\nX: {}\r\n\r\n", long(70_000)).into_bytes(), &[431]),
        ("an endless header", format!("GET /mcp HTTP/1.1\r\nX: {}", long(1 << 20)).into_bytes(), &[431]),
        ("garbage behind a body", with_body("Content-Length: 2\r\n", "{}garbage\r\n\r\n"), &[400, 400]),
        ("an expectation of something else", with_body("Expect: a miracle\r\nContent-Length: 2\r\n", "{}"), &[400]),
    ];
    beside_a_healthy_client(address, async {
        for (what, bytes, expected) in cases {
            assert_eq!(exchange(address, &bytes, b"").await, expected, "{what}");
        }
    })
    .await;
}

/// Chunks may be small, and carry what nobody reads, up to a bound.
#[tokio::test]
async fn bodies_in_strange_chunks_are_read_up_to_a_bound() {
    let address = start(&server()).await;
    let message = stateless(1, "tools/call", call("add", json!({"a": 1, "b": 2})));
    let mut head = HEAD.to_owned();
    for (name, value) in mirror(&message) {
        head += &format!("{name}: {value}\r\n");
    }
    let body = message.to_string();
    let chunked = |chunks: String| format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}").into_bytes();
    let single: String = body.chars().map(|letter| format!("1\r\n{letter}\r\n")).collect();
    let whole = format!("{:x}\r\n{body}\r\n", body.len());
    let extended = |length: usize| format!("{:x};{}\r\n{body}\r\n0\r\n\r\n", body.len(), "x".repeat(length));
    let cases: Vec<(&str, Vec<u8>, &[u16])> = vec![
        ("of one byte", chunked(format!("{single}0\r\n\r\n")), &[200]),
        ("with an extension", chunked(extended(100)), &[200]),
        ("with an endless extension", chunked(extended(1 << 20)), &[400]),
        ("with trailers", chunked(format!("{whole}0\r\nX: y\r\n\r\n")), &[200]),
        ("with endless trailers", chunked(format!("{whole}0\r\n{}", "X: y\r\n".repeat(100_000))), &[400]),
        ("with leading zeros", chunked(format!("0000{whole}0\r\n\r\n")), &[200]),
    ];
    beside_a_healthy_client(address, async {
        for (what, bytes, expected) in cases {
            assert_eq!(exchange(address, &bytes, b"").await, expected, "{what}");
        }
    })
    .await;
}

/// Bytes that come one by one buy no more time.
#[tokio::test]
async fn what_comes_too_slowly_is_given_up() {
    let address = start(&server()).await;
    let body = format!("{HEAD}Content-Length: 1000\r\n\r\n");
    let chunked = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n");
    let endless = HEAD.repeat(20);
    let cases: [(&str, &str, String, &[u16]); 5] = [
        ("the first head", "", endless.clone(), &[]),
        ("the rest of a head", HEAD, endless.clone(), &[]),
        ("a later head", GET, endless, &[404]),
        ("a body", &body, " ".repeat(1000), &[408]),
        ("chunks", &chunked, "1\r\n \r\n".repeat(1000), &[408]),
    ];
    beside_a_healthy_client(address, async {
        for (what, at_once, slowly, expected) in &cases {
            assert_eq!(exchange(address, at_once.as_bytes(), slowly.as_bytes()).await, *expected, "{what}");
        }
    })
    .await;
}

/// A client that ends its side too early is told, or closed.
#[tokio::test]
async fn a_half_closed_client_gets_what_it_asked_for_and_no_more() {
    let address = start(&server()).await;
    let cases: [(&str, String, &[u16]); 6] = [
        ("nothing", String::new(), &[]),
        ("half a head", "POST /mcp HT".to_owned(), &[]),
        ("half a body", format!("{HEAD}Content-Length: 100\r\n\r\n{{"), &[400]),
        ("half a chunk", format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{{"), &[400]),
        ("a request", GET.to_owned(), &[404]),
        ("requests", GET.repeat(50), &[404; 50]),
    ];
    beside_a_healthy_client(address, async {
        for (what, bytes, expected) in cases {
            let mut stream = connect(address).await;
            stream.write_all(bytes.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            assert_eq!(statuses(&mut stream).await, expected, "{what}");
        }
    })
    .await;
}

/// A client that asks and asks and reads nothing is not read for ever, and is let go.
#[tokio::test]
async fn a_client_that_only_asks_is_let_go() {
    let address = start(&server()).await;
    let message = stateless(1, "tools/call", call("echo", json!({"text": "x".repeat(10_000)})));
    let body = message.to_string();
    let mut request = format!("{HEAD}Content-Length: {}\r\n", body.len());
    for (name, value) in mirror(&message) {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("\r\n{body}");
    let written = beside_a_healthy_client(address, async {
        let mut stream = connect(address).await;
        let mut written = 0;
        // The kernel's buffers fill, then the server's bound, and then the connection ends.
        while stream.write_all(request.as_bytes()).await.is_ok() {
            written += request.len();
        }
        written
    })
    .await;
    assert!(written < 64 << 20, "{written} bytes were taken");
}

/// As many as there may be, each with half a request, and none of them stays.
#[tokio::test]
async fn a_crowd_of_silent_clients_is_let_go() {
    let address = start(&server()).await;
    beside_a_healthy_client(address, async {
        let mut crowd = Vec::new();
        for turn in 0..300 {
            let mut stream = connect(address).await;
            let begun = ["", "P", HEAD, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"];
            stream.write_all(begun[turn % begun.len()].as_bytes()).await.unwrap();
            crowd.push(stream);
        }
        for mut stream in crowd {
            statuses(&mut stream).await;
        }
    })
    .await;
}
