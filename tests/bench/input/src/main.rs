//! `input MESSAGE TIMES` lets a server in this process answer a message so many times; `input` alone lists the messages.
//! The driver counts what it costs.

mod messages;

use std::process::ExitCode;

use bytes::Bytes;
use mcp_core::transport::{Accept, Pipe};
use mcp_server::{RawJson, Server, ServerResource, ServerTool};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it is read, and that is all")]
struct Arguments {
    /// Each item is validated.
    #[serde(default)]
    #[schemars(inner(range(min = 0, max = 9)))]
    numbers: Vec<i64>,
    #[serde(default)]
    shapes: Vec<Shape>,
    #[serde(default)]
    #[schemars(regex(pattern = "^(a|b|ab)*$"))]
    text: String,
    number: Option<i64>,
    any: Option<RawValue>,
}

/// Anything, as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[expect(dead_code, reason = "it is read, and that is all")]
struct RawValue(#[schemars(with = "std::collections::BTreeMap<String, i64>")] RawJson);

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind")]
#[expect(dead_code, reason = "it is read, and that is all")]
enum Shape {
    Dot { size: u32 },
    Line { length: u32 },
    Circle { radius: u32 },
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read, and that is all")]
struct Parts {
    a: String,
    b: String,
    c: String,
}

fn server() -> Server {
    Server::builder("input", "1.0.0")
        .tools([ServerTool::new("read", |_: Arguments| async { "read" })])
        .resources([ServerResource::template("x://{a}a{b}a{c}b", "parts", |_: Parts| async { "read" })])
        .build()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = &arguments[..] else {
        messages::ALL.iter().for_each(|(name, make)| println!("{name}\t{}", make().len()));
        return ExitCode::SUCCESS;
    };
    let found = messages::ALL.iter().find(|(known, _)| known == name);
    let (Some((_, make)), Ok(times)) = (found, times.parse()) else {
        eprintln!("usage: input MESSAGE TIMES");
        return ExitCode::FAILURE;
    };
    let message = Bytes::from(make());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let (mut ours, theirs) = Pipe::pair();
        server().accept(theirs);
        let ping = Bytes::from_static(br#"{"jsonrpc":"2.0","id":"done","method":"ping"}"#);
        for _ in 0..times {
            ours.outgoing.send(message.clone()).await.expect("an open pipe");
            ours.outgoing.send(ping.clone()).await.expect("an open pipe");
            // A response has no answer, and that of a request may come behind that of the ping.
            let mut awaited = if messages::is_answered(name) { 2 } else { 1 };
            while awaited > 0 {
                ours.incoming.recv().await.expect("an answer");
                awaited -= 1;
            }
        }
    });
    ExitCode::SUCCESS
}
