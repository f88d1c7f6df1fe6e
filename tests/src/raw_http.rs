//! An HTTP/1.1 client that writes bytes by hand, so that it can do what a library would not.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};

use mcp_core::era::Method;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::messages::STATELESS;

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// One connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Events that came in one chunk with one that was taken.
    events: VecDeque<Value>,
    host: String,
}

/// The head of an answer.
#[derive(Debug)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Headers by their name in lower case.
    pub headers: HashMap<String, String>,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers by their name in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// The messages of a body of events.
    pub fn events(&self) -> Vec<Value> {
        let data = self.body.lines().filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap()).collect()
    }

    /// The code of the error in the body.
    pub fn error_code(&self) -> i64 {
        self.json()["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error in {:?}", self.body))
    }
}

/// The headers that mirror a request that stands alone.
pub fn mirror(message: &Value) -> Vec<(String, String)> {
    let mut headers = vec![("MCP-Protocol-Version".to_owned(), STATELESS.to_owned())];
    if let Some(method) = message["method"].as_str() {
        headers.push(("Mcp-Method".to_owned(), method.to_owned()));
    }
    let source = message["method"].as_str().and_then(Method::named).and_then(Method::name_source);
    if let Some(name) = source.and_then(|source| message["params"][source].as_str()) {
        headers.push(("Mcp-Name".to_owned(), mcp_core::header::encode_value(name).into_owned()));
    }
    headers
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new(), events: VecDeque::new(), host: address.to_string() }
    }

    /// Connects as one that takes little before it reads: the server cannot send it much.
    pub async fn open_narrow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(address).await.unwrap();
        Self { stream, buffer: Vec::new(), events: VecDeque::new(), host: address.to_string() }
    }

    /// Says that nothing more will be sent, and goes on reading.
    pub async fn half_close(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Sends a request with these headers beside `Host` and `Content-Length`.
    pub async fn send_request(&mut self, method: &str, headers: &[(String, String)], body: &str) {
        let mut head = format!("{method} /mcp HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head += &format!("Host: {}\r\n", self.host);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.send(head).await;
    }

    /// Sends the head of a request, and leaves its body of that length to the caller.
    pub async fn send_head(&mut self, method: &str, headers: &[(String, String)], length: usize) {
        let mut head = format!("{method} /mcp HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        self.send(format!("{head}Content-Length: {length}\r\n\r\n")).await;
    }

    /// Posts a message with the usual headers and these.
    pub async fn post_with(&mut self, headers: &[(String, String)], message: &Value) -> Answer {
        self.send_post(headers, message).await;
        self.answer().await
    }

    /// As [`Connection::post`], for a server that may close the connection instead: then `None`.
    pub async fn try_post(&mut self, message: &Value) -> Option<Answer> {
        let body = message.to_string();
        let mut head = format!("POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n", self.host);
        for (name, value) in mirror(message) {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.stream.write_all(head.as_bytes()).await.ok()?;
        while !self.buffer.windows(4).any(|window| window == b"\r\n\r\n") {
            if !self.read().await {
                return None;
            }
        }
        Some(self.answer().await)
    }

    /// Sends the request of [`Connection::post_with`] and does not wait.
    pub async fn send_post(&mut self, headers: &[(String, String)], message: &Value) {
        let mut all = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Accept".to_owned(), "application/json, text/event-stream".to_owned()),
        ];
        all.extend_from_slice(headers);
        self.send_request("POST", &all, &message.to_string()).await;
    }

    /// Posts a request that stands alone, with the headers that mirror it.
    pub async fn post(&mut self, message: &Value) -> Answer {
        self.post_with(&mirror(message), message).await
    }

    /// Reads the head of an answer.
    pub async fn head(&mut self) -> Head {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8(self.buffer.drain(..end + 4).collect()).unwrap();
                let mut lines = head.lines();
                let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
                let headers = lines.filter_map(|line| line.split_once(": "));
                let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
                // An answer before the answer.
                if status >= 200 {
                    return Head { status, headers };
                }
                continue;
            }
            assert!(self.read().await, "the connection ended before an answer: {:?}", self.buffer);
        }
    }

    /// Reads a whole answer.
    pub async fn answer(&mut self) -> Answer {
        let head = self.head().await;
        self.rest(head).await
    }

    /// Reads the rest of an answer whose head was read.
    pub async fn rest(&mut self, head: Head) -> Answer {
        let Head { status, headers } = head;
        let body = if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            let mut body = Vec::new();
            while let Some(chunk) = self.chunk().await {
                body.extend_from_slice(&chunk);
            }
            body
        } else {
            let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
            while self.buffer.len() < length {
                assert!(self.read().await, "the connection ended inside a body");
            }
            self.buffer.drain(..length).collect()
        };
        Answer { status, headers, body: String::from_utf8(body).unwrap() }
    }

    /// The next chunk of a chunked body; `None` at its end.
    pub async fn chunk(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|window| window == b"\r\n") {
                let size = std::str::from_utf8(&self.buffer[..end]).unwrap();
                let size = usize::from_str_radix(size, 16).unwrap();
                let whole = end + 2 + size + 2;
                if self.buffer.len() >= whole {
                    let chunk: Vec<u8> = self.buffer.drain(..whole).collect();
                    return (size > 0).then(|| chunk[end + 2..end + 2 + size].to_vec());
                }
            }
            assert!(self.read().await, "the connection ended inside a stream");
        }
    }

    /// The next message of a stream of events; `None` at its end. Comments are skipped.
    pub async fn event(&mut self) -> Option<Value> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            let chunk = String::from_utf8(self.chunk().await?).unwrap();
            let data = chunk.lines().filter_map(|line| line.strip_prefix("data: "));
            self.events.extend(data.map(|data| serde_json::from_str::<Value>(data).unwrap()));
        }
    }

    /// All messages until the end of a stream of events.
    pub async fn events(&mut self) -> Vec<Value> {
        let mut messages = Vec::new();
        while let Some(message) = self.event().await {
            messages.push(message);
        }
        messages
    }

    /// Waits until the server closes the connection.
    pub async fn closed(&mut self) {
        while self.read().await {}
    }

    async fn read(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await;
        matches!(read.expect("the server is silent"), Ok(length) if length > 0)
    }
}
