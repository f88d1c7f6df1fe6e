//! HTTP spoken by hand: a server that answers exactly what a test wants, and remembers what it was sent.

use std::{
    collections::HashMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Notify, mpsc},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{reply, soon, text};

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Value,
    /// Which connection it came on.
    pub(crate) connection: usize,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The JSON-RPC method, or the HTTP method of a request without a body.
    pub(crate) fn what(&self) -> &str {
        self.body["method"].as_str().unwrap_or(&self.method)
    }
}

/// What to answer.
pub(crate) enum Answer {
    /// A status, headers, and a whole body.
    Whole(u16, Vec<(&'static str, String)>, String),
    /// Events, sent as they come. Dropping the sender ends the stream; `gone` is cancelled when the client is.
    Events { events: mpsc::Receiver<String>, gone: CancellationToken },
    /// These bytes, and then the connection is closed.
    Raw(String),
    /// The connection is closed without an answer.
    Hang,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Whole(status, vec![("Content-Type", "application/json; charset=utf-8".into())], body.to_string())
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Whole(status, Vec::new(), String::new())
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Whole(_, headers, _) = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }

    pub(crate) fn stream() -> (Stream, Self) {
        let (sender, events) = mpsc::channel(16);
        let gone = CancellationToken::new();
        (Stream { sender, gone: gone.clone() }, Self::Events { events, gone })
    }

    /// A stream of these messages that then ends.
    pub(crate) fn events(messages: &[Value]) -> Self {
        let (stream, answer) = Self::stream();
        for message in messages {
            stream.sender.try_send(format!("data: {message}\n\n")).expect("few messages");
        }
        answer
    }
}

/// The server's end of an event stream.
pub(crate) struct Stream {
    sender: mpsc::Sender<String>,
    gone: CancellationToken,
}

impl Stream {
    pub(crate) async fn send(&self, message: &Value) {
        self.raw(&format!("event: message\r\ndata: {message}\r\n\r\n")).await;
    }

    pub(crate) async fn raw(&self, bytes: &str) {
        let _ = self.sender.send(bytes.to_owned()).await;
    }

    /// Waits until the client has closed the stream.
    pub(crate) async fn closed(&self) {
        soon(self.gone.cancelled()).await;
    }
}

type Handler = dyn Fn(Sent) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync;

/// A server on a port of its own. Dropping it closes everything.
pub(crate) struct HttpServer {
    address: SocketAddr,
    log: Arc<Log>,
    accept: JoinHandle<()>,
    stop: CancellationToken,
}

#[derive(Default)]
struct Log {
    sent: Mutex<Vec<Sent>>,
    news: Notify,
}

impl HttpServer {
    pub(crate) async fn start<F, A>(handler: F) -> Self
    where
        F: Fn(Sent) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        Self::start_at("127.0.0.1:0", handler).await
    }

    /// Starts one at an address, where another may have been before.
    pub(crate) async fn start_at<F, A>(address: &str, handler: F) -> Self
    where
        F: Fn(Sent) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let listener = soon(async {
            loop {
                match TcpListener::bind(address).await {
                    Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => tokio::task::yield_now().await,
                    bound => return bound.expect("a port"),
                }
            }
        })
        .await;
        let address = listener.local_addr().expect("an address");
        let log = Arc::new(Log::default());
        let stop = CancellationToken::new();
        let handler: Arc<Handler> = Arc::new(move |sent| Box::pin(handler(sent)));
        let accept = tokio::spawn(accept(listener, handler, log.clone(), stop.clone()));
        Self { address, log, accept, stop }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// Everything that was sent so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.log.sent.lock().expect("no panic").clone()
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.sent().iter().filter(|sent| sent.what() == what).count()
    }

    /// Waits for the `n`th request of a kind.
    pub(crate) async fn wait_for(&self, what: &str, n: usize) -> Sent {
        soon(async {
            loop {
                let news = self.log.news.notified();
                if let Some(sent) = self.sent().into_iter().filter(|sent| sent.what() == what).nth(n - 1) {
                    return sent;
                }
                news.await;
            }
        })
        .await
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.accept.abort();
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, handler: Arc<Handler>, log: Arc<Log>, stop: CancellationToken) {
    let mut connection = 0;
    while let Ok((stream, _)) = listener.accept().await {
        connection += 1;
        let (handler, log, stop) = (handler.clone(), log.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = serve(stream, connection, &*handler, &log) => {}
                () = stop.cancelled() => {}
            }
        });
    }
}

async fn serve(stream: TcpStream, connection: usize, handler: &Handler, log: &Log) {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    while let Some(sent) = read_request(&mut reader, connection).await {
        log.sent.lock().expect("no panic").push(sent.clone());
        log.news.notify_waiters();
        match handler(sent).await {
            Answer::Whole(status, headers, body) => write_whole(&mut writer, status, &headers, &body).await,
            Answer::Events { events, gone } => {
                write_events(&mut reader, &mut writer, events).await;
                gone.cancel();
                return;
            }
            Answer::Raw(bytes) => {
                let _ = writer.write_all(bytes.as_bytes()).await;
                return;
            }
            Answer::Hang => return,
        }
    }
}

async fn read_request(reader: &mut BufReader<OwnedReadHalf>, connection: usize) -> Option<Sent> {
    let mut line = String::new();
    reader.read_line(&mut line).await.ok().filter(|count| *count > 0)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        // Repeated headers are one list (RFC 9110, section 5.3).
        let values: &mut String = headers.entry(name.to_ascii_lowercase()).or_default();
        if !values.is_empty() {
            values.push_str(", ");
        }
        values.push_str(value.trim());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await.ok()?;
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("clients send JSON") };
    Some(Sent { method, path, headers, body, connection })
}

async fn write_whole(writer: &mut OwnedWriteHalf, status: u16, headers: &[(&'static str, String)], body: &str) {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = writer.write_all(format!("{head}\r\n{body}").as_bytes()).await;
}

/// Writes events until they end or the client closes the connection.
async fn write_events(
    reader: &mut BufReader<OwnedReadHalf>,
    writer: &mut OwnedWriteHalf,
    mut events: mpsc::Receiver<String>,
) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    let _ = writer.write_all(head.as_bytes()).await;
    let mut byte = [0; 1];
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => {
                    let chunk = format!("{:x}\r\n{event}\r\n", event.len());
                    if writer.write_all(chunk.as_bytes()).await.is_err() {
                        return;
                    }
                }
                None => {
                    let _ = writer.write_all(b"0\r\n\r\n").await;
                    return;
                }
            },
            _ = reader.read(&mut byte) => return,
        }
    }
}

/// The bytes of a whole answer to a call, and how many of them have to be there for it to be one.
pub(crate) fn whole_answer(sent: &Sent, as_events: bool) -> (String, usize) {
    let body = reply(&sent.body, text("done")).to_string();
    if as_events {
        let event = format!("data: {body}\n\n");
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        let head = format!("{head}{:x}\r\n{event}", event.len());
        let whole = head.len();
        return (format!("{head}\r\n0\r\n\r\n"), whole);
    }
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    let whole = format!("{head}{body}");
    let len = whole.len();
    (whole, len)
}
