//! The server of the tests about questions, on its standard streams.

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    mcp_tests::asking::server().serve_stdio().await
}
