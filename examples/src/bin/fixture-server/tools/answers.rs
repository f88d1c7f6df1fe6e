//! Tools that answer at once, or fail to.

use mcp_server::{Context, ProtocolVersion, Schema, ServerTool, ToolError, tool};
use serde::Deserialize;
use serde_json::json;

/// The most that `big` returns; the server sends less.
const BIGGEST: usize = 64 << 20;

/// Returns the text.
#[tool(read_only)]
pub(super) async fn echo(text: String) -> String {
    text
}

/// Returns that many times the letter x.
#[tool(read_only)]
pub(super) async fn big(bytes: usize) -> Result<String, ToolError> {
    if bytes > BIGGEST {
        return Err(ToolError::new(format!("at most {BIGGEST} bytes are returned")));
    }
    Ok("x".repeat(bytes))
}

/// Returns a number that clients over HTTP also send as a header. Its schema is written: a header may stand on an
/// integer, and not every client takes `Option<i64>`, which may be null as well, for one.
pub(super) fn count() -> ServerTool {
    let schema = json!({
        "type": "object",
        "properties": {"n": {"type": "integer", "x-mcp-header": "Count"}},
        "additionalProperties": false,
    });
    let schema = Schema::try_from(schema).expect("a schema written as an object");
    ServerTool::from_schema("count", schema, |Count { n }, _: Context| async move {
        n.map_or_else(|| "none".to_owned(), |n| n.to_string())
    })
    .description("Returns the number, or none.")
}

#[derive(Deserialize)]
struct Count {
    n: Option<i64>,
}

/// Fails in a way that the model reads.
#[tool(read_only)]
pub(super) async fn fail() -> Result<(), ToolError> {
    Err(ToolError::new("deliberate failure"))
}

/// Says who asks, as far as the server knows.
#[tool(read_only)]
pub(super) async fn whoami(ctx: Context) -> String {
    let version = ctx.caller().version();
    let era = if version == ProtocolVersion::LATEST { "modern" } else { "legacy" };
    let traceparent: Option<String> = ctx.meta("traceparent").and_then(|value| value.parse().ok());
    // Without authorization nobody has a name.
    let subject: Option<String> = None;
    let header = ctx.headers().get("x-fixture").and_then(|value| value.to_str().ok());
    json!({
        "subject": subject, "header": header, "traceparent": traceparent, "era": era, "version": version.as_str(),
    })
    .to_string()
}

/// Panics.
#[tool(read_only)]
#[expect(clippy::panic, reason = "this is what it is for")]
pub(super) async fn panic() {
    panic!("on purpose")
}
