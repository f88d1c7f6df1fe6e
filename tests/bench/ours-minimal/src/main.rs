//! The smallest server of this SDK.

use mcp_server::{Server, tool, tools};

/// Adds two numbers.
#[tool]
async fn add(
    /// First addend.
    a: i64,
    /// Second addend.
    b: i64,
) -> i64 {
    a + b
}

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    Server::builder("bench", "1.0.0").tools(tools![add]).build().serve_stdio().await
}
