//! Serves the calculator on standard input and output.

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    mcp_examples::calculator::server().serve_stdio().await
}
