//! A hostile server behind a URL: bodies and events, spoilt wherever they can be.

use std::{net::SocketAddr, sync::Arc, sync::Mutex};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
    task::{AbortHandle, yield_now},
};

use super::{
    dice::Dice,
    opening::Revision,
    replies::{Asked, Replies},
    trial::{Honesty, text_of},
};

/// The server. Dropping it ends it.
pub(crate) struct Hostile {
    address: SocketAddr,
    task: AbortHandle,
}

impl Hostile {
    pub(crate) async fn start(revision: Revision, dice: Dice, honesty: Honesty) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let dice = Arc::new(Mutex::new(dice));
        let accepting = async move {
            while let Ok((stream, _)) = listener.accept().await {
                let dice = dice.lock().unwrap().split();
                tokio::spawn(serve(stream, revision, dice, honesty.clone()));
            }
        };
        Self { address, task: tokio::spawn(accepting).abort_handle() }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers on one connection until one of the two ends it.
async fn serve(stream: TcpStream, revision: Revision, mut dice: Dice, honesty: Honesty) {
    stream.set_nodelay(true).unwrap();
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    while let Some((method, body)) = request(&mut reader).await {
        let message: Value = serde_json::from_slice(&body).unwrap_or_default();
        let Response { bytes, stays } = if method != "POST" {
            Response::whole(405, "text/plain", b"")
        } else if let Some(answer) = revision.opening(&message) {
            Response::whole(200, "application/json", &super::replies::bytes(&answer))
        } else if let Some(text) = text_of(&message) {
            let asked = Asked { id: &message["id"], text };
            let replies = asked.replies(&mut dice);
            honesty.note(text, replies.is_honest);
            Response::of(replies, &mut dice)
        } else {
            Response::whole(202, "text/plain", b"")
        };
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(if dice.once_in(3) { 1 + dice.below(rest.len()) } else { rest.len() });
            if writer.write_all(piece).await.is_err() {
                return;
            }
            if !more.is_empty() {
                yield_now().await;
            }
            rest = more;
        }
        if !stays {
            return;
        }
    }
}

/// The next request's method and body.
async fn request(reader: &mut BufReader<OwnedReadHalf>) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    let mut method = None;
    let mut length = 0;
    loop {
        line.clear();
        if reader.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        if method.is_none() {
            method = header.split(' ').next().map(str::to_owned);
        } else if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await.ok()?;
    Some((method?, body))
}

/// What goes out for one request.
struct Response {
    bytes: Vec<u8>,
    /// Whether the connection serves another request.
    stays: bool,
}

impl Response {
    fn whole(status: u16, kind: &str, body: &[u8]) -> Self {
        Self::claiming(status, kind, body, body.len())
    }

    /// A body that says that it has `length` bytes.
    fn claiming(status: u16, kind: &str, body: &[u8], length: usize) -> Self {
        let head = format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
        Self { bytes: [head.as_bytes(), body].concat(), stays: length == body.len() }
    }

    fn of(replies: Replies, dice: &mut Dice) -> Self {
        let Replies { messages, is_honest } = replies;
        if is_honest {
            return match messages.as_slice() {
                [only] if dice.once_in(2) => Self::whole(200, "application/json; charset=utf-8", only),
                messages => Self::events(&events(messages, dice)),
            };
        }
        let first = messages.first().cloned().unwrap_or_default();
        match dice.below(8) {
            0 | 1 => Self::events(&events(&messages, dice)),
            2 => {
                let mut spoilt = events(&messages, dice);
                dice.spoil(&mut spoilt);
                Self::events(&spoilt)
            }
            3 => {
                Self::whole(dice.pick(&[200, 201, 204, 299, 400, 404, 418, 429, 500, 503]), "application/json", &first)
            }
            4 => {
                Self::whole(200, dice.pick(&["text/html", "", "application/json;;;", "text/event-stream", "x"]), &first)
            }
            5 => {
                let length = dice.below(2 * first.len() + 2);
                Self { stays: false, ..Self::claiming(200, "application/json", &first, length) }
            }
            6 => {
                let mut whole = Self::whole(200, "application/json", &first);
                dice.spoil(&mut whole.bytes);
                Self { stays: false, ..whole }
            }
            _ => Self { bytes: Vec::new(), stays: false },
        }
    }

    /// A stream of events that ends with its connection.
    fn events(events: &[u8]) -> Self {
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        Self { bytes: [head.as_slice(), events].concat(), stays: false }
    }
}

/// Messages as events, in all the ways in which events may be written.
fn events(messages: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut out = Vec::new();
    if dice.once_in(8) {
        out.extend_from_slice(b"\xef\xbb\xbf");
    }
    let end: &[u8] = dice.pick(&[b"\n".as_slice(), b"\r\n", b"\r"]);
    for message in messages {
        match dice.below(8) {
            0 => out.extend([b": a comment".as_slice(), end, b": another", end].concat()),
            1 => out.extend([b"id: 7".as_slice(), end].concat()),
            2 => out.extend([b"retry: 1".as_slice(), end].concat()),
            3 => out.extend([b"event: message".as_slice(), end].concat()),
            4 => out.extend([b"event: other".as_slice(), end, b"data: {}", end, end].concat()),
            5 => out.extend([b"id: \0".as_slice(), end, b"retry: x", end, b"nonsense", end].concat()),
            _ => {}
        }
        for line in message.split(|byte| matches!(byte, b'\n' | b'\r')) {
            out.extend([b"data:".as_slice(), if dice.once_in(2) { b" " } else { b"" }, line, end].concat());
        }
        out.extend_from_slice(end);
    }
    out
}
