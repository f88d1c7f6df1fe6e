//! `floor-http ADDR [--tools N]`: bare hyper. It answers what the scenarios ask and checks nothing, so it is a limit
//! and no product.

mod answer;

use std::{
    collections::HashMap,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use answer::{Add, DISCOVER, Echo, INITIALIZE, Request, Steps, raw_result, text_result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Response, StatusCode,
    body::{Body, Frame, Incoming, SizeHint},
    header::{CONTENT_TYPE, HeaderMap, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde::de::IgnoredAny;
use tokio::{
    net::TcpListener,
    sync::mpsc::{Receiver, Sender, channel},
};

const SESSION: &str = "mcp-session-id";
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");
const CHANGED: &[u8] = b"data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n";

struct State {
    sessions: Mutex<HashMap<Box<str>, Arc<Session>>>,
    next_session: AtomicU64,
    /// `tools/list`, made once: in the shape of the newest revision, and of those before it.
    tools: [Vec<u8>; 2],
}

#[derive(Default)]
struct Session {
    stream: Mutex<Option<Sender<Bytes>>>,
}

/// A body that is there, or one that comes in pieces.
enum Reply {
    Full(Full<Bytes>),
    Pieces(Receiver<Bytes>),
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Full(full) => Pin::new(full).poll_frame(cx),
            Self::Pieces(pieces) => pieces.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece)))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(full) => full.size_hint(),
            Self::Pieces(_) => SizeHint::default(),
        }
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let address = arguments.first().expect("usage: floor-http ADDR [--tools N]");
    let count = arguments
        .iter()
        .position(|argument| argument == "--tools")
        .map_or(0, |at| arguments[at + 1].parse().expect("a number"));
    let tools = [true, false].map(|modern| tools_list(count, modern));
    let state = Arc::new(State { sessions: Mutex::default(), next_session: AtomicU64::new(1), tools });
    let listener = TcpListener::bind(address).await.expect("the address is free");
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        stream.set_nodelay(true).expect("a socket");
        let state = state.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| respond(state.clone(), request));
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(state: Arc<State>, request: hyper::Request<Incoming>) -> Result<Response<Reply>, Infallible> {
    let (parts, body) = request.into_parts();
    if parts.method == Method::GET {
        return Ok(open_stream(&state, &parts.headers));
    }
    let body = body.collect().await.expect("the driver sends whole bodies").to_bytes();
    Ok(match parts.headers.get("mcp-name").map(HeaderValue::as_bytes) {
        Some(b"add") => {
            let request: Request<'_, Add> = serde_json::from_slice(&body).expect("a call of add");
            let arguments = request.params.and_then(|params| params.arguments).expect("arguments");
            text(request.id.expect("an id"), &(arguments.a + arguments.b).to_string(), true)
        }
        Some(b"echo") => {
            let request: Request<'_, Echo<'_>> = serde_json::from_slice(&body).expect("a call of echo");
            let arguments = request.params.and_then(|params| params.arguments).expect("arguments");
            text(request.id.expect("an id"), &arguments.text, true)
        }
        Some(b"progress") => progress(&body),
        Some(b"announce") => {
            let request: Request<'_, IgnoredAny> = serde_json::from_slice(&body).expect("a call");
            broadcast(&state).await;
            text(request.id.expect("an id"), "announced", true)
        }
        _ => without_name(&state, &parts.headers, &body).await,
    })
}

fn text(id: &serde_json::value::RawValue, text: &str, modern: bool) -> Response<Reply> {
    let mut out = Vec::with_capacity(256);
    text_result(&mut out, id, text, modern);
    json(out)
}

fn json(body: Vec<u8>) -> Response<Reply> {
    let mut response = Response::new(Reply::Full(Full::new(body.into())));
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

fn events(pieces: Receiver<Bytes>) -> Response<Reply> {
    let mut response = Response::new(Reply::Pieces(pieces));
    response.headers_mut().insert(CONTENT_TYPE, EVENTS);
    response
}

/// Reports each step as it is made, then answers.
fn progress(body: &[u8]) -> Response<Reply> {
    let request: Request<'_, Steps> = serde_json::from_slice(body).expect("a call of progress");
    let params = request.params.expect("parameters");
    let steps = params.arguments.expect("arguments").steps;
    let token = params.meta.token.expect("a token").to_owned();
    let id = request.id.expect("an id").to_owned();
    let (send, pieces) = channel(16);
    tokio::spawn(async move {
        for step in 1..=steps {
            let event = format!(
                "data: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{{\"progressToken\":{},\"progress\":{step},\"total\":{steps}}}}}\n\n",
                token.get()
            );
            let _ = send.send(event.into()).await;
            tokio::task::yield_now().await;
        }
        let mut out = b"data: ".to_vec();
        text_result(&mut out, &id, "done", true);
        out.extend_from_slice(b"\n\n");
        let _ = send.send(out.into()).await;
    });
    events(pieces)
}

/// Everything that no `Mcp-Name` announces: lists, and all of the revisions with sessions.
async fn without_name(state: &State, headers: &HeaderMap, body: &[u8]) -> Response<Reply> {
    if let Some(session) = headers.get(SESSION) {
        let session = session.to_str().expect("a session id");
        assert!(state.sessions.lock().expect("no panic").contains_key(session), "a session that is open");
    }
    let request: Request<'_, Add> = serde_json::from_slice(body).expect("a request");
    let modern = headers.contains_key("mcp-method");
    let Some(id) = request.id else {
        let mut response = Response::new(Reply::Full(Full::default()));
        *response.status_mut() = StatusCode::ACCEPTED;
        return response;
    };
    match &*request.method {
        "tools/call" => {
            let params = request.params.expect("parameters");
            if params.name.as_deref() == Some("announce") {
                broadcast(state).await;
                return text(id, "announced", modern);
            }
            let arguments = params.arguments.expect("arguments");
            text(id, &(arguments.a + arguments.b).to_string(), modern)
        }
        "tools/list" => json(raw_result(id, &state.tools[usize::from(!modern)])),
        "server/discover" => json(raw_result(id, DISCOVER)),
        "initialize" => {
            let session = format!("{:043}", state.next_session.fetch_add(1, Ordering::Relaxed));
            state.sessions.lock().expect("no panic").insert(session.as_str().into(), Arc::default());
            let mut response = json(raw_result(id, INITIALIZE));
            response.headers_mut().insert(SESSION, HeaderValue::from_str(&session).expect("digits"));
            response
        }
        _ => json(raw_result(id, b"{}")),
    }
}

fn open_stream(state: &State, headers: &HeaderMap) -> Response<Reply> {
    let session = headers[SESSION].to_str().expect("a session id");
    let session = state.sessions.lock().expect("no panic").get(session).cloned().expect("a session that is open");
    let (send, pieces) = channel(4);
    *session.stream.lock().expect("no panic") = Some(send);
    events(pieces)
}

async fn broadcast(state: &State) {
    let streams: Vec<Sender<Bytes>> = state
        .sessions
        .lock()
        .expect("no panic")
        .values()
        .filter_map(|session| session.stream.lock().expect("no panic").clone())
        .collect();
    for stream in streams {
        let _ = stream.try_send(Bytes::from_static(CHANGED));
    }
}

/// As many tools as asked for, of the size that `ours` makes them.
fn tools_list(count: usize, modern: bool) -> Vec<u8> {
    let tools: Vec<String> = (0..count)
        .map(|n| {
            format!(
                r#"{{"name":"tool_{n:04}","description":"Does the work of tool number {n}: takes a path and a depth, and says what it has found there.","inputSchema":{{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{{"path":{{"type":"string","description":"Where to look."}},"depth":{{"type":"integer","format":"uint32","minimum":0,"maximum":4294967295,"description":"How far down to go."}}}},"required":["path","depth"],"additionalProperties":false}}}}"#
            )
        })
        .collect();
    let tools = tools.join(",");
    let rest = r#","ttlMs":0,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"bench","version":"1.0.0"}}"#;
    match modern {
        true => format!(r#"{{"resultType":"complete","tools":[{tools}]{rest}}}"#),
        false => format!(r#"{{"tools":[{tools}]}}"#),
    }
    .into_bytes()
}
