//! Peers that take what a server gives: handshakes as large as it accepts, streams and answers that nobody reads, bodies
//! that do not end.

use std::{io, net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    http::Connection,
    messages::{MODERN, SESSION, envelope, post},
};

/// How many connections are busy at once.
const AT_ONCE: usize = 16;
/// How little a connection that nobody reads takes before its server has to wait.
const RECEIVE_BYTES: u32 = 4096;
/// What fits into a handshake besides what it pads: `Limits::handshake_bytes` is 16 KiB.
const HANDSHAKE_BYTES: usize = (16 << 10) - 512;
const TOO_LARGE_HANDSHAKE_BYTES: usize = 3_900_000;
/// `Limits::body_bytes` is 4 MiB.
const BODY_BYTES: usize = (4 << 20) - 4096;
/// The answer to a call that asks for so much has about 4 MiB.
const ANSWER_BYTES: usize = 4 << 20;
/// URIs that a stream watches, and how long each is: `Limits::watched_bytes` is 1 MiB, `watched_uri_bytes` 8 KiB.
const WATCHED: usize = 4;
const URI_BYTES: usize = 8000;
/// How long to wait between two events, and between two bytes.
const PUBLISHING_PAUSE: Duration = Duration::from_millis(20);
const TRICKLE_PAUSE: Duration = Duration::from_millis(100);
/// How long an answer may take to begin.
const ANSWERED: Duration = Duration::from_secs(60);

/// Does `one` for each number below `count`, a few at once, and returns what came of it.
async fn each<T, F>(count: usize, one: impl Fn(usize) -> F) -> Result<Vec<T>, String>
where
    T: Send + 'static,
    F: Future<Output = Result<T, String>> + Send + 'static,
{
    let mut running = JoinSet::new();
    let mut done = Vec::with_capacity(count);
    for n in 0..count {
        if running.len() == AT_ONCE {
            done.extend(joined(running.join_next().await)?);
        }
        running.spawn(one(n));
    }
    while !running.is_empty() {
        done.extend(joined(running.join_next().await)?);
    }
    Ok(done)
}

fn joined<T>(result: Option<Result<Result<T, String>, tokio::task::JoinError>>) -> Result<Option<T>, String> {
    result.transpose().map_err(|error| error.to_string())?.transpose()
}

/// Opens sessions whose handshake says `bytes`. Returns the ids of those that were opened; the others were refused.
pub async fn sessions(address: SocketAddr, count: usize) -> Result<Vec<String>, String> {
    let large = handshake(HANDSHAKE_BYTES);
    // A connection makes many handshakes, as it costs its peer least.
    let share = count.div_ceil(AT_ONCE);
    let opened = each(AT_ONCE, move |n| {
        let count = share.min(count.saturating_sub(n * share));
        let large = large.clone();
        async move {
            let mut connection = Connection::open(address).await.map_err(|error| error.to_string())?;
            let mut opened = Vec::with_capacity(count);
            for _ in 0..count {
                let (head, _) = connection.send(&large).await.map_err(|error| format!("a handshake: {error}"))?;
                opened.extend(head.session.filter(|_| head.status == 200));
                connection.consumed();
            }
            Ok(opened)
        }
    });
    Ok(opened.await?.into_iter().flatten().collect())
}

/// Tries handshakes that are far too large, and returns how many sessions were opened all the same.
pub async fn too_large_handshakes(address: SocketAddr, count: usize) -> Result<usize, String> {
    let large = handshake(TOO_LARGE_HANDSHAKE_BYTES);
    let opened = each(count, move |_| {
        let large = large.clone();
        async move {
            let mut connection = Connection::open(address).await.map_err(|error| error.to_string())?;
            // A server may close the connection before it has read all.
            Ok(connection.send(&large).await.is_ok_and(|(head, _)| head.session.is_some()))
        }
    });
    Ok(opened.await?.into_iter().filter(|opened| *opened).count())
}

fn handshake(bytes: usize) -> Vec<u8> {
    // Nested and flat, numbers and text: what costs a reader most is not known.
    let member = |n: usize| (format!("k{n}"), json!({"on": [[n]], "as": "x".repeat(20)}));
    let members = bytes / member(1_000).1.to_string().len().max(1) * 4 / 5;
    let mut experimental: Value = (0..members).map(member).collect::<serde_json::Map<_, _>>().into();
    let rest = bytes.saturating_sub(experimental.to_string().len());
    experimental["rest"] = "x".repeat(rest).into();
    let params = json!({
        "protocolVersion": SESSION,
        "capabilities": {"experimental": experimental},
        "clientInfo": {"name": "stranger", "version": "1.0.0"},
    });
    let message = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
    post(&format!("MCP-Protocol-Version: {SESSION}\r\n"), message.to_string().as_bytes())
}

/// A connection that nobody reads.
pub type Unread = TcpStream;

/// Opens streams and reads no more of them than their head: the one of each session, and as many that stand alone and
/// watch resources. Returns those that were opened.
pub async fn streams(address: SocketAddr, sessions: Vec<String>) -> Result<Vec<Unread>, String> {
    let listen = listen();
    let alone = each(sessions.len(), move |_| stream(address, listen.clone())).await?;
    let in_sessions = each(sessions.len(), move |n| stream(address, get(&sessions[n]))).await?;
    Ok(alone.into_iter().chain(in_sessions).flatten().collect())
}

async fn stream(address: SocketAddr, request: Vec<u8>) -> Result<Option<Unread>, String> {
    let (stream, status) = begun(address, &request).await?;
    Ok((status == 200).then_some(stream))
}

/// Asks, and reads the head of the answer: its status.
async fn begun(address: SocketAddr, request: &[u8]) -> Result<(Unread, u16), String> {
    let mut stream = ask_and_leave(address, request).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match timeout(ANSWERED, stream.read_u8()).await {
            Ok(Ok(byte)) => head.push(byte),
            Ok(Err(error)) => return Err(format!("an answer: {error}")),
            Err(_) => return Err("no answer begins".to_owned()),
        }
    }
    let status = head.get(9..12).and_then(|status| std::str::from_utf8(status).ok()?.parse().ok());
    Ok((stream, status.ok_or("not HTTP")?))
}

fn get(session: &str) -> Vec<u8> {
    format!(
        "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\
         MCP-Protocol-Version: {SESSION}\r\nMcp-Session-Id: {session}\r\n\r\n"
    )
    .into_bytes()
}

fn listen() -> Vec<u8> {
    let wanted = json!({"toolsListChanged": true, "resourceSubscriptions": (0..WATCHED).map(uri).collect::<Vec<_>>()});
    let params = json!({"notifications": wanted, "_meta": envelope()});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params});
    let headers = format!("MCP-Protocol-Version: {MODERN}\r\nMcp-Method: subscriptions/listen\r\n");
    post(&headers, message.to_string().as_bytes())
}

fn uri(n: usize) -> String {
    format!("data://{n}{}", "x".repeat(URI_BYTES))
}

/// Publishes, over and over, everything that the streams have asked for, for so long.
pub async fn publish(address: SocketAddr, time: Duration) -> Result<(), String> {
    let mut connection = Connection::open(address).await.map_err(|error| error.to_string())?;
    let touches = (0..WATCHED).map(|n| call("touch", &json!({"uri": uri(n)})));
    let requests: Vec<Vec<u8>> = touches.chain([call("announce", &json!({}))]).collect();
    let published = async {
        for request in requests.iter().cycle() {
            let (head, body) = connection.send(request).await.map_err(|error| format!("publishing: {error}"))?;
            if head.status != 200 {
                return Err(format!("publishing: {} {}", head.status, String::from_utf8_lossy(body)));
            }
            connection.consumed();
            sleep(PUBLISHING_PAUSE).await;
        }
        Ok(())
    };
    timeout(time, published).await.unwrap_or(Ok(()))
}

/// How a large answer comes.
#[derive(Clone, Copy)]
pub enum Shape {
    /// As one JSON object.
    Whole,
    /// At the end of a stream of events.
    Streamed,
}

/// Asks for large answers and reads nothing of them but their heads, which shows that the server has made them. Returns
/// their connections, and how many were refused.
pub async fn unread_answers(address: SocketAddr, count: usize, shape: Shape) -> Result<(Vec<Unread>, usize), String> {
    let request = match shape {
        Shape::Whole => call("say", &json!({"bytes": ANSWER_BYTES})),
        Shape::Streamed => call("say_slowly", &json!({"bytes": ANSWER_BYTES})),
    };
    let asked = each(count, move |_| {
        let request = request.clone();
        async move { begun(address, &request).await }
    });
    let mut refused = 0;
    let unread = asked.await?.into_iter().map(|(stream, status)| {
        refused += usize::from(status != 200);
        stream
    });
    let unread = unread.collect();
    Ok((unread, refused))
}

/// Sends bodies of which the last bytes come one by one. They go on until dropped.
pub async fn slow_bodies(address: SocketAddr, count: usize) -> Result<JoinSet<()>, String> {
    let mut request = call("say", &json!({"bytes": 1, "padding": "x".repeat(BODY_BYTES)}));
    let rest = request.split_off(request.len() - 10_000);
    let begun = each(count, move |_| {
        let request = request.clone();
        async move { ask_and_leave(address, &request).await }
    });
    let mut trickling = JoinSet::new();
    for mut stream in begun.await? {
        let rest = rest.clone();
        trickling.spawn(async move {
            for byte in rest {
                sleep(TRICKLE_PAUSE).await;
                if stream.write_u8(byte).await.is_err() {
                    return;
                }
            }
        });
    }
    Ok(trickling)
}

/// How many bytes the server's allocator has for its own tables.
pub async fn bookkeeping(address: SocketAddr) -> Result<usize, String> {
    let mut connection = Connection::open(address).await.map_err(|error| error.to_string())?;
    let (_, body) = connection.send(&call("bookkeeping", &json!({}))).await.map_err(|error| error.to_string())?;
    let answer: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let bytes = answer["result"]["content"][0]["text"].as_str().and_then(|bytes| bytes.parse().ok());
    bytes.ok_or_else(|| format!("no number of bytes: {answer}"))
}

/// A call in the newest revision that wants to hear of progress.
fn call(tool: &str, arguments: &Value) -> Vec<u8> {
    let mut meta = envelope();
    meta["progressToken"] = json!("p");
    let params = json!({"name": tool, "arguments": arguments, "_meta": meta});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let headers = format!("MCP-Protocol-Version: {MODERN}\r\nMcp-Method: tools/call\r\nMcp-Name: {tool}\r\n");
    post(&headers, message.to_string().as_bytes())
}

/// Writes a request over a connection that takes as little as the system lets it.
async fn ask_and_leave(address: SocketAddr, request: &[u8]) -> Result<Unread, String> {
    let asked = async {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(RECEIVE_BYTES)?;
        let mut stream = socket.connect(address).await?;
        stream.write_all(request).await?;
        Ok::<_, io::Error>(stream)
    };
    asked.await.map_err(|error| format!("asking: {error}"))
}
