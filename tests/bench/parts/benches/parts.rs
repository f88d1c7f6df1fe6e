//! The parts of a call, one by one: `cargo bench -p parts`.

use std::{hint::black_box, sync::Arc};

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mcp_core::{
    call::{Call, Caller, Outcome},
    era::modern::{Envelope, Stamp, write_answer},
    framing::{
        lines::LineDecoder,
        sse::{EventDecoder, write_event},
    },
    json::{RawJson, Text},
    jsonrpc::{Limits, Message, RequestId, decode},
    model::{CallToolResult, ClientCapabilities, Implementation, Request, ServerResult},
    version::ProtocolVersion,
};
use mcp_server::{Server, ServerTool, schemars, tool, tools};
use serde_json::json;

/// Adds two numbers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Takes nothing.
#[tool]
async fn nothing() {}

/// Takes a little of everything.
#[tool]
async fn much(name: String, tags: Vec<String>, ratio: f64, on: bool, count: Option<u32>) -> u32 {
    let long = name.len() + tags.len();
    if on && ratio > 0.0 { count.unwrap_or(0) } else { long as u32 }
}

fn call_frame() -> Bytes {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1.0.0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({"name": "add", "arguments": {"a": 1, "b": 2}, "_meta": meta});
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string().into()
}

fn envelope(c: &mut Criterion) {
    let (frame, limits) = (call_frame(), Limits::default());
    c.bench_function("envelope decode", |b| b.iter(|| decode(black_box(&frame), &limits)));

    let text = "He said \"measure twice\", and then cut it once.\n".repeat(22_000);
    let params = json!({"name": "echo", "arguments": {"text": text}});
    let large: Bytes = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string().into();
    let mut group = c.benchmark_group("1 MiB");
    group.throughput(Throughput::Bytes(large.len() as u64));
    group.bench_function("envelope decode", |b| b.iter(|| decode(black_box(&large), &limits)));
    group.finish();

    let stamp = Stamp::new(&Implementation::new("bench", "1.0.0"));
    let id = RequestId::from_json(&RawJson::from_value(&1).unwrap()).unwrap();
    let answer = Ok(Outcome::Complete(ServerResult::CallTool(CallToolResult::text("3"))));
    c.bench_function("envelope encode", |b| {
        b.iter(|| {
            let mut out = Vec::with_capacity(256);
            write_answer(&mut out, &id, black_box(&answer), ProtocolVersion::LATEST, &stamp);
            out
        });
    });

    let Ok(Message::Request(request)) = decode(&frame, &limits) else { panic!("a request") };
    c.bench_function("_meta decode", |b| {
        b.iter(|| Envelope::read(black_box(&request.params), &ProtocolVersion::ALL, None, |_| Ok(())).unwrap())
    });
}

fn framing(c: &mut Criterion) {
    let frame = call_frame();
    let mut event = Vec::new();
    write_event(&mut event, &frame);
    c.bench_function("SSE encode", |b| {
        b.iter(|| {
            let mut out = Vec::with_capacity(512);
            write_event(&mut out, black_box(&frame));
            out
        });
    });
    let mut decoder = EventDecoder::new(1 << 20);
    c.bench_function("SSE decode", |b| {
        b.iter(|| {
            decoder.push(black_box(&event));
            decoder.next_event()
        });
    });
    let mut lines = Vec::new();
    for _ in 0..64 {
        lines.extend_from_slice(&frame);
        lines.push(b'\n');
    }
    c.bench_function("line framing, 64 lines", |b| {
        b.iter_batched(
            || LineDecoder::new(1 << 20),
            |mut decoder| {
                decoder.push(black_box(&lines));
                let mut count = 0;
                while let Some(line) = decoder.next_line() {
                    black_box(line);
                    count += 1;
                }
                assert_eq!(count, 64);
            },
            BatchSize::SmallInput,
        );
    });
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Nothing {}

fn handle(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut all = tools![add, nothing, much];
    all.extend((0..1000).map(|n| ServerTool::new(format!("tool_{n:04}"), |_: Nothing| async {})));
    let server = Server::builder("bench", "1.0.0").tools(all).build();
    let caller = Arc::new(Caller::new(ProtocolVersion::LATEST, ClientCapabilities::default()));
    let many = json!({"name": "a name", "tags": ["one", "two", "three"], "ratio": 0.5, "on": true, "count": 7});
    for (what, name, arguments) in [
        ("handle: look-up among 1003 tools, no arguments", "nothing", json!({})),
        ("handle: two numbers", "add", json!({"a": 1, "b": 2})),
        ("handle: five arguments", "much", many),
    ] {
        let arguments = RawJson::from_value(&arguments).unwrap();
        let call = || {
            let request = Request::CallTool { name: Text::from(name), arguments: arguments.clone() };
            Call::new(request, caller.clone())
        };
        c.bench_function(what, |b| b.to_async(&runtime).iter(|| async { server.handle(call()).await.unwrap() }));
    }
}

criterion_group!(parts, envelope, framing, handle);
criterion_main!(parts);
