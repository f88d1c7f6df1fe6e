//! One HTTP/1.1 connection: requests go out as they stand, answers are read to the end of their body.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::messages::{Exchange, SESSION, Wire, initialize, initialized, post};

pub struct Connection {
    stream: TcpStream,
    /// What was read and not consumed.
    buffer: Vec<u8>,
    /// The body of a chunked answer, put together.
    body: Vec<u8>,
}

/// The head of an answer.
#[derive(Debug, Clone, Default)]
pub struct Head {
    pub status: u16,
    length: Option<usize>,
    chunked: bool,
    pub session: Option<String>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 << 10), body: Vec::new() })
    }

    /// Sends one request, reads its answer, and checks it.
    pub async fn exchange(&mut self, exchange: &Exchange) -> Result<(), String> {
        let (head, body) = self.send(&exchange.request).await.map_err(|error| format!("I/O: {error}"))?;
        if head.status != 200 {
            return Err(format!("status {}: {}", head.status, String::from_utf8_lossy(body)));
        }
        let checked = exchange.check(body);
        self.consumed();
        checked
    }

    /// Sends one request and reads its answer to the end of the body.
    pub async fn send(&mut self, request: &[u8]) -> io::Result<(Head, &[u8])> {
        self.stream.write_all(request).await?;
        let (head, start) = self.head().await?;
        if head.chunked {
            self.chunked(start).await?;
            return Ok((head, &self.body));
        }
        let end = start + head.length.unwrap_or(0);
        self.buffer.reserve(end.saturating_sub(self.buffer.len()));
        while self.buffer.len() < end {
            self.more().await?;
        }
        if self.buffer.len() > end {
            return Err(io::Error::other("more than was asked for"));
        }
        Ok((head, &self.buffer[start..end]))
    }

    /// Forgets the last answer.
    pub fn consumed(&mut self) {
        self.buffer.clear();
    }

    /// Sends a request whose answer is a stream without end, and reads its head.
    pub async fn open_stream(&mut self, request: &[u8]) -> io::Result<Head> {
        self.stream.write_all(request).await?;
        let (head, start) = self.head().await?;
        self.buffer.drain(..start);
        Ok(head)
    }

    /// Reads until the stream has brought `text` in what came since the last call.
    pub async fn wait_for(&mut self, text: &[u8]) -> io::Result<()> {
        let finder = memchr::memmem::Finder::new(text);
        while finder.find(&self.buffer).is_none() {
            self.more().await?;
        }
        self.buffer.clear();
        Ok(())
    }

    async fn more(&mut self) -> io::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    async fn head(&mut self) -> io::Result<(Head, usize)> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n\r\n") {
                return Ok((parse_head(&self.buffer[..end]), end + 4));
            }
            self.more().await?;
        }
    }

    async fn chunked(&mut self, mut at: usize) -> io::Result<()> {
        self.body.clear();
        loop {
            let size_end = loop {
                match memchr::memmem::find(&self.buffer[at..], b"\r\n") {
                    Some(length) => break at + length,
                    None => self.more().await?,
                }
            };
            let size = std::str::from_utf8(&self.buffer[at..size_end]).ok();
            let size = size.and_then(|size| usize::from_str_radix(size, 16).ok());
            let size = size.ok_or_else(|| io::Error::other("not the size of a chunk"))?;
            let end = size_end + 2 + size;
            while self.buffer.len() < end + 2 {
                self.more().await?;
            }
            if size == 0 {
                return Ok(());
            }
            self.body.extend_from_slice(&self.buffer[size_end + 2..end]);
            at = end + 2;
        }
    }

    /// Opens a session and returns its id.
    pub async fn handshake(&mut self) -> io::Result<Option<String>> {
        let version = format!("MCP-Protocol-Version: {SESSION}\r\n");
        let (head, body) = self.send(&post(&version, &initialize())).await?;
        if head.status != 200 {
            return Err(io::Error::other(format!("initialize: {} {}", head.status, String::from_utf8_lossy(body))));
        }
        let session = head.session;
        self.consumed();
        let headers = match &session {
            Some(session) => format!("{version}Mcp-Session-Id: {session}\r\n"),
            None => version,
        };
        let (head, _) = self.send(&post(&headers, &initialized())).await?;
        if head.status != 202 && head.status != 200 {
            return Err(io::Error::other(format!("initialized: {}", head.status)));
        }
        self.consumed();
        Ok(session)
    }

    /// The session that a wire needs, opened.
    pub async fn prepare(&mut self, wire: Wire) -> io::Result<Option<String>> {
        match wire {
            Wire::Modern => Ok(None),
            Wire::Session => self.handshake().await,
        }
    }
}

fn parse_head(head: &[u8]) -> Head {
    let status = head.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let mut parsed = Head { status: status.unwrap_or(0), ..Head::default() };
    for line in head.split(|byte| *byte == b'\n').skip(1) {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        match name.len() {
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                parsed.length = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                parsed.chunked = value.eq_ignore_ascii_case(b"chunked");
            }
            14 if name.eq_ignore_ascii_case(b"mcp-session-id") => {
                parsed.session = Some(String::from_utf8_lossy(value).into_owned());
            }
            _ => {}
        }
    }
    parsed
}
