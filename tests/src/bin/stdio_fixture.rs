//! The fixture on the standard streams, for tests that own a child process.

use mcp_tests::fixture;

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    fixture::server().0.serve_stdio().await
}
