//! `strangers-system`: the server with the allocator that programs have unless they say otherwise.

mod server;

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    // This one does not say what it keeps for itself.
    server::run(|| 0).await
}
