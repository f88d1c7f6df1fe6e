//! What one message may cost in memory: four times its size, however it is nested; and what answers cost that nobody
//! reads. This program counts every allocation, so its tests take turns.

#[cfg(unix)]
mod pipes;

use std::sync::{Mutex, PoisonError};

use mcp_core::{
    era::{Era, modern::Discovered},
    json::RawJson,
    model::CallToolResult,
};
use mcp_server::{Server, prompt, prompts};
use mcp_tests::{clients::serve, fixture, messages::envelope, raw_http::Connection};
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

static TURN: Mutex<()> = Mutex::new(());

/// How large the messages are.
const SIZE: usize = 2 << 20;

/// The most that was held while `step` ran, beyond what was held before.
fn held_while<T>(step: impl FnOnce() -> T) -> (usize, T) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let result = step();
    (MEMORY.peak_usage().saturating_sub(before), result)
}

/// JSON of about [`SIZE`] that a tree of values holds many times over.
fn nested() -> String {
    let deep = format!("{}{}", "[".repeat(55), "]".repeat(55));
    let list = vec![deep; SIZE / 111].join(",");
    format!("[{list}]")
}

/// `item` so often that the list is of about [`SIZE`].
fn list_of(item: &str) -> String {
    vec![item; SIZE / (item.len() + 1)].join(",")
}

/// As many members as are read, and text besides.
fn members() -> String {
    let members = (0..90_000).map(|n| format!("\"{n}\":\"{n:09}\""));
    members.collect::<Vec<_>>().join(",")
}

fn message(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#)
}

/// A request that is complete in itself, with these members besides its `_meta`.
fn alone(method: &str, members: &str) -> String {
    message(method, &format!("{{{members}\"_meta\":{}}}", envelope()))
}

/// The same with another value for a key of its `_meta`.
fn with_meta(key: &str, value: &str) -> String {
    let mut meta = envelope();
    meta[key] = json!("HERE");
    message("tools/list", &format!("{{\"_meta\":{}}}", meta.to_string().replace("\"HERE\"", value)))
}

/// Requests that ask for a tree of values, each in another place.
fn hostile() -> Vec<(&'static str, String)> {
    let nested = nested();
    let capabilities = "io.modelcontextprotocol/clientCapabilities";
    let experimental = format!("{{\"experimental\":{{\"x\":{nested}}}}}");
    let prompt = r#""ref":{"type":"ref/prompt","name":"greet""#;
    vec![
        (
            "the data of an error",
            format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":1,"message":"","data":{nested}}}}}"#),
        ),
        ("a result", format!(r#"{{"jsonrpc":"2.0","id":1,"result":{nested}}}"#)),
        ("experimental capabilities", with_meta(capabilities, &experimental)),
        ("extensions", with_meta(capabilities, &format!("{{\"extensions\":{{\"a/b\":{nested}}}}}"))),
        (
            "settings of a capability",
            with_meta(capabilities, &format!("{{\"sampling\":{{\"tools\":{{\"x\":{nested}}}}}}}")),
        ),
        ("no capability", with_meta(capabilities, &format!("{{\"x\":{nested}}}"))),
        (
            "client information",
            with_meta(
                "io.modelcontextprotocol/clientInfo",
                &format!("{{\"name\":\"a\",\"version\":\"1\",\"icons\":[{}]}}", list_of(r#"{"src":""}"#)),
            ),
        ),
        ("a token of progress", with_meta("progressToken", &nested)),
        ("a level", with_meta("io.modelcontextprotocol/logLevel", &nested)),
        ("unknown metadata", with_meta("com.example/x", &nested)),
        ("members of metadata", message("tools/list", &format!("{{\"_meta\":{{{}}}}}", members()))),
        ("members of parameters", alone("tools/list", &format!("{},", members()))),
        ("a cursor", alone("tools/list", &format!("\"cursor\":{nested},"))),
        (
            "a reference",
            alone(
                "completion/complete",
                &format!("{prompt},\"x\":{nested}}},\"argument\":{{\"name\":\"name\",\"value\":\"\"}},"),
            ),
        ),
        (
            "a reference's name",
            alone(
                "completion/complete",
                &format!(
                    "\"ref\":{{\"type\":\"ref/prompt\",\"name\":{nested}}},\"argument\":{{\"name\":\"name\",\"value\":\"\"}},"
                ),
            ),
        ),
        (
            "known values",
            alone(
                "completion/complete",
                &format!(
                    "{prompt}}},\"argument\":{{\"name\":\"name\",\"value\":\"\"}},\"context\":{{\"arguments\":{{{}}}}},",
                    members()
                ),
            ),
        ),
        (
            "arguments of a prompt",
            alone("prompts/get", &format!("\"name\":\"greet\",\"arguments\":{{{}}},", members())),
        ),
        (
            "watched resources",
            alone(
                "subscriptions/listen",
                &format!("\"notifications\":{{\"resourceSubscriptions\":[{}]}},", list_of("\"\"")),
            ),
        ),
        ("an unknown method", alone("com.example/unknown", &format!("\"x\":{nested},"))),
        (
            "a handshake",
            message("initialize", &format!("{{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{experimental}}}")),
        ),
        (
            "a handshake's client",
            message(
                "initialize",
                &format!(
                    "{{\"protocolVersion\":\"2025-11-25\",\"clientInfo\":{{\"name\":\"a\",\"version\":\"1\",\"x\":{nested}}}}}"
                ),
            ),
        ),
    ]
}

/// Greets.
#[prompt]
async fn greet(name: String) -> String {
    format!("Hello, {name}!")
}

fn server() -> Server {
    let (builder, _) = fixture::builder();
    builder.prompts(prompts![greet]).logging().build()
}

#[test]
fn a_request_costs_at_most_four_times_its_size() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let address = serve(&server()).await;
        let mut excess = Vec::new();
        for (what, body) in hostile() {
            let mut connection = Connection::open(address).await;
            // Outside of the count: what this side needs to write.
            let mirror: Value = serde_json::from_str(&body).unwrap();
            let mut headers = mcp_tests::raw_http::mirror(&mirror);
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            headers.push(("Accept".to_owned(), "application/json, text/event-stream".to_owned()));
            if mirror["method"] == "initialize" || mirror["method"].is_null() {
                headers.remove(0);
            }
            drop(mirror);
            let length = body.len();
            connection.send_head("POST", &headers, length).await;
            MEMORY.reset_peak_usage();
            let before = MEMORY.current_usage();
            connection.send(body).await;
            let status = connection.head().await.status;
            let held = MEMORY.peak_usage().saturating_sub(before);
            if held > 4 * length {
                excess.push(format!("{what}: {held} bytes were held for {length} (status {status})"));
            }
        }
        assert!(excess.is_empty(), "{excess:#?}");
    });
}

#[test]
fn a_handshake_that_says_too_much_is_refused_with_a_sentence() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, frame) = hostile().into_iter().find(|(what, _)| *what == "a handshake").unwrap();
    let (held, refused) = held_while(|| {
        let frame = bytes::Bytes::from(frame);
        let Ok(mcp_core::jsonrpc::Message::Request(request)) =
            mcp_core::jsonrpc::decode(&frame, &mcp_core::jsonrpc::Limits::default())
        else {
            panic!("no request")
        };
        let read = mcp_core::era::legacy::read_request(&request.method, &request.params, 16 << 10);
        read.err().map(|error| error.message().to_owned())
    });
    assert!(refused.is_some_and(|refused| refused.contains("the handshake is too large")));
    assert!(held <= SIZE / 100, "{held}");
}

/// What a server sends is no tree either, unless a program reads it as one.
#[test]
fn a_reply_costs_at_most_four_times_its_size() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let nested = nested();
    let held = format!("\"resource\":{{\"uri\":\"a\",\"text\":\"\",\"x\":{nested}}}");
    for (what, result) in [
        ("text", format!("{{\"content\":[{{\"type\":\"text\",\"text\":\"\",\"x\":{nested}}}]}}")),
        ("an unknown kind", format!("{{\"content\":[{{\"type\":\"x\",\"x\":{nested}}}]}}")),
        ("a resource", format!("{{\"content\":[{{\"type\":\"resource\",{held}}}]}}")),
        ("structured content", format!("{{\"structuredContent\":{nested}}}")),
        ("an unknown member", format!("{{\"content\":[],\"x\":{nested}}}")),
    ] {
        let raw: RawJson = serde_json::from_str(&result).unwrap();
        let (held, _) = held_while(|| Era::Modern.read::<CallToolResult>(&raw));
        assert!(held <= 4 * result.len(), "{what}: {held} bytes were held for {}", result.len());
    }
    for (what, result) in [
        (
            "capabilities",
            format!("{{\"supportedVersions\":[],\"capabilities\":{{\"experimental\":{{\"x\":{nested}}}}}}}"),
        ),
        ("metadata", format!("{{\"supportedVersions\":[],\"_meta\":{{\"x\":{nested}}}}}")),
    ] {
        let raw: RawJson = serde_json::from_str(&result).unwrap();
        let (held, read) = held_while(|| Era::Modern.read::<Discovered>(&raw));
        assert!(read.is_ok());
        assert!(held <= 4 * result.len(), "{what}: {held} bytes were held for {}", result.len());
    }
}
