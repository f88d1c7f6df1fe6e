//! Tools that answer at once, or fail to.

use mcp_server::{ToolError, tool};

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

/// Returns a number that clients over HTTP also send as a header.
#[tool(read_only)]
pub(super) async fn count(#[arg(header = "Count")] n: Option<i64>) -> String {
    n.map_or_else(|| "none".to_owned(), |n| n.to_string())
}

/// Fails in a way that the model reads.
#[tool(read_only)]
pub(super) async fn fail() -> Result<(), ToolError> {
    Err(ToolError::new("deliberate failure"))
}

/// Panics.
#[tool(read_only)]
#[expect(clippy::panic, reason = "this is what it is for")]
pub(super) async fn panic() {
    panic!("on purpose")
}
