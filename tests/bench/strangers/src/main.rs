//! `strangers`: the server with an allocator that gives free memory back to the system, as one that faces strangers for
//! months would have.

mod server;

#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    server::run().await
}
