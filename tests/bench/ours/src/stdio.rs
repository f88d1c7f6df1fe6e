//! `ours-stdio`: the same tools on the standard streams.

mod tools;

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    tools::server().serve_stdio().await
}
