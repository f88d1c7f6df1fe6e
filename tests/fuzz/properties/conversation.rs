//! Whatever a peer sends, every frame that leaves is one line and one JSON value, and a request has one answer: on a
//! pipe and over HTTP, in both eras.

use std::{cell::Cell, collections::HashMap, convert::Infallible};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use mcp_core::{
    era::Method,
    framing::{
        lines::{Line, LineDecoder},
        sse::{EventDecoder, write_event},
    },
    header::encode_value,
    jsonrpc::{Limits, Message, Rejected, RequestId, decode},
    model::{CallToolResult, Content, LogLevel},
    transport::{Accept, Pipe},
};
use mcp_server::{
    Context, Error, Extension, RawJson, Schema, Server, ServerPrompt, ServerResource, ServerTool, ToolError,
    schemars::JsonSchema,
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use tokio::runtime::{Builder, Runtime};
use tower_service::Service;

/// More are not sent: they would be like those before them.
const MOST_FRAMES: usize = 16;

thread_local! {
    static SERVER: (Runtime, Server) = (runtime(), server());
    static SESSION: Cell<Option<String>> = const { Cell::new(None) };
}

/// Time passes only where nothing else can happen.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// Says what it was told in every way that there is: to the log, as progress, as text, as a value, as an error.
async fn repeat(arguments: RawJson, ctx: Context) -> Result<CallToolResult, ToolError> {
    let text = arguments.as_str();
    ctx.log(LogLevel::Alert, &arguments);
    ctx.progress(1.0, 2.0, text).await;
    ctx.server().notify_resource_updated(format!("test://{text}"));
    if text.contains("fail") {
        return Err(ToolError::new(text.to_owned()));
    }
    if text.contains("error") {
        return Err(ToolError::protocol(Error::invalid_params(text.to_owned()).with_data(json!([text]))));
    }
    Ok(CallToolResult::new(vec![Content::text(text)]).with_structured_content(arguments))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "mcp_server::schemars")]
struct Named {
    name: String,
}

fn server() -> Server {
    let any = Schema::try_from(json!({"type": "object"})).unwrap();
    let list = Schema::try_from(json!({"type": "object", "properties": {"list": {"items": {"type": "integer"}}}}));
    let extension = Extension::new("com.example/echo", json!({}))
        .method("com.example/echo", |params: RawJson, _| async move { params });
    Server::builder("talkative", "1.0.0")
        .tools([
            ServerTool::from_schema("repeat", any, repeat),
            ServerTool::from_schema("list", list.unwrap(), |_: Value, _: Context| async { "a\nlist" }),
        ])
        .prompts([ServerPrompt::new("greet", |named: Named| async move { format!("Hello,\n{}", named.name) })])
        .resources([
            ServerResource::text("test://text", "text", "one\ntwo\r\n"),
            ServerResource::template("test://any/{+name}", "any", |named: Named| async move { named.name }),
        ])
        .extension(extension)
        .logging()
        .build()
}

/// Sends the frames that blank lines separate, first on a pipe, then each as a POST.
pub(crate) fn hold(input: &[u8]) {
    let frames = frames(input);
    SERVER.with(|(runtime, server)| {
        runtime.block_on(async {
            on_a_pipe(server, &frames).await;
            over_http(server, &frames).await;
        });
    });
}

fn frames(input: &[u8]) -> Vec<Bytes> {
    let mut frames = Vec::new();
    let mut rest = input;
    while !rest.is_empty() && frames.len() < MOST_FRAMES {
        let end = rest.windows(2).position(|window| window == b"\n\n").unwrap_or(rest.len());
        frames.push(Bytes::copy_from_slice(&rest[..end]));
        rest = rest.get(end + 2..).unwrap_or_default();
    }
    frames
}

async fn on_a_pipe(server: &Server, frames: &[Bytes]) {
    let (Pipe { mut incoming, outgoing }, theirs) = Pipe::pair();
    server.accept(theirs);
    let send = async move {
        for frame in frames {
            // The server may close an in-process pipe that is of no use.
            if outgoing.send(frame.clone()).await.is_err() {
                return;
            }
        }
    };
    let receive = async {
        let mut left = Vec::new();
        while let Some(frame) = incoming.recv().await {
            left.push(frame);
        }
        left
    };
    let ((), left) = tokio::join!(send, receive);
    let mut answers: HashMap<RequestId, usize> = HashMap::new();
    for frame in left {
        if let Message::Response(response) = sound(&frame)
            && let Some(id) = response.id
        {
            *answers.entry(id).or_default() += 1;
        }
    }
    answered_once(frames, &answers);
}

/// Each request has one answer; where requests were cancelled or a session was replaced, at most one.
fn answered_once(frames: &[Bytes], answers: &HashMap<RequestId, usize>) {
    let mut asked: HashMap<RequestId, usize> = HashMap::new();
    let mut broken: HashMap<RequestId, usize> = HashMap::new();
    let mut may_end = false;
    for frame in frames {
        match decode(frame, &Limits::default()) {
            Ok(Message::Request(request)) => {
                may_end |= request.method == "initialize";
                *asked.entry(request.id).or_default() += 1;
            }
            Ok(Message::Notification(notification)) => may_end |= notification.method == "notifications/cancelled",
            Err(Rejected::Answer { id: Some(id), .. }) => *broken.entry(id).or_default() += 1,
            _ => {}
        }
    }
    for (id, count) in answers {
        let most = asked.get(id).copied().unwrap_or_default() + broken.get(id).copied().unwrap_or_default();
        assert!(*count <= most, "{count} answers to {id:?}");
    }
    for (id, count) in asked {
        assert!(may_end || answers.get(&id).copied().unwrap_or_default() >= count, "no answer to {id:?}");
    }
}

/// One line, one JSON value, one message; the same on a line of a stream and in an event.
fn sound(frame: &Bytes) -> Message {
    let shown = String::from_utf8(frame.to_vec()).unwrap();
    assert!(!shown.contains(['\n', '\r']), "{shown:?}");
    assert!(serde_json::from_str::<&RawValue>(&shown).is_ok(), "{shown}");
    let mut lines = LineDecoder::new(usize::MAX - 1);
    lines.push(&[frame, &b"\n"[..]].concat());
    assert_eq!(lines.next_line(), Some(Line::Frame(frame.clone())));
    let mut event = Vec::new();
    write_event(&mut event, frame);
    assert_eq!(events(&event), std::slice::from_ref(frame));
    decode(frame, &Limits::default()).unwrap_or_else(|error| panic!("{error:?}: {shown}"))
}

fn events(stream: &[u8]) -> Vec<Bytes> {
    let mut decoder = EventDecoder::new(usize::MAX);
    decoder.push(stream);
    std::iter::from_fn(|| decoder.next_event().unwrap()).map(|event| event.data).collect()
}

async fn over_http(server: &Server, frames: &[Bytes]) {
    let session = match SESSION.take() {
        Some(session) => session,
        None => open(server).await,
    };
    let in_session = vec![("mcp-session-id", session.clone())];
    SESSION.set(Some(session));
    for frame in frames {
        post(server, frame, &in_session).await;
        post(server, frame, &mirror(frame)).await;
    }
}

async fn open(server: &Server) -> String {
    let handshake = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1.0.0"},
    }});
    let (status, headers) = post(server, &Bytes::from(handshake.to_string()), &[]).await;
    assert_eq!(status, StatusCode::OK);
    let session = headers["mcp-session-id"].to_str().unwrap().to_owned();
    let level = json!({"jsonrpc": "2.0", "id": 0, "method": "logging/setLevel", "params": {"level": "debug"}});
    post(server, &Bytes::from(level.to_string()), &[("mcp-session-id", session.clone())]).await;
    session
}

/// The headers of a request that stands alone.
fn mirror(frame: &[u8]) -> Vec<(&'static str, String)> {
    let mut headers = vec![("mcp-protocol-version", "2026-07-28".to_owned())];
    let message: Value = serde_json::from_slice(frame).unwrap_or_default();
    if let Some(method) = message["method"].as_str() {
        headers.push(("mcp-method", method.to_owned()));
        if let Some(name) =
            Method::named(method).and_then(Method::name_source).and_then(|source| message["params"][source].as_str())
        {
            headers.push(("mcp-name", encode_value(name).into_owned()));
        }
    }
    headers
}

async fn post(server: &Server, body: &Bytes, headers: &[(&'static str, String)]) -> (StatusCode, HeaderMap) {
    let mut request = Request::new(Full::new(body.clone()));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = "/mcp".parse().unwrap();
    let common = [
        ("host", "localhost"),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    let common = common.into_iter().map(|(name, value)| (name, value.to_owned()));
    for (name, value) in common.chain(headers.iter().cloned()) {
        // A method may be no header.
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    let answer: Result<_, Infallible> = server.http_service().call(request).await;
    let (head, mut body) = answer.unwrap().into_parts();
    let is_stream = head.headers.get("content-type").is_some_and(|media| media == "text/event-stream");
    let mut stream = Vec::new();
    while let Some(piece) = body.frame().await {
        stream.extend_from_slice(piece.unwrap().data_ref().unwrap());
        // A stream of events that stays open.
        if is_stream && events(&stream).iter().any(|event| event.windows(12).any(|part| part == b"acknowledged")) {
            break;
        }
    }
    if is_stream {
        let text = std::str::from_utf8(&stream).unwrap();
        for line in text.split('\n') {
            let is_known = ["data: ", "id: ", ":"].iter().any(|begin| line.starts_with(begin)) || line.is_empty();
            assert!(is_known && !line.contains('\r'), "{line:?}");
        }
        events(&stream).iter().for_each(|event| drop(sound(event)));
    } else if !stream.is_empty() {
        sound(&stream.into());
    }
    (head.status, head.headers)
}
