//! The fixture on the standard streams, for tests that own a child process.

use mcp_server::{Context, model::LogLevel, tool, tools};
use mcp_tests::fixture;

/// Logs a text, and answers.
#[tool]
async fn log(text: String, ctx: Context) -> &'static str {
    ctx.log(LogLevel::Info, text);
    "logged"
}

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    fixture::builder().0.tools(tools![log]).logging().build().serve_stdio().await
}
