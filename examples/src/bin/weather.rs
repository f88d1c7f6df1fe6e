//! Serves the weather on standard input and output.

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    mcp_examples::weather::server().serve_stdio().await
}
