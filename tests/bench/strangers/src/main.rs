//! `strangers`: the server with an allocator that gives free memory back to the system, as one that faces strangers for
//! months would have.

mod server;

use tikv_jemalloc_ctl::{epoch, stats};

#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How many bytes the allocator has for its own tables, which it never gives back: they grow with the most that was ever
/// held.
fn bookkeeping() -> usize {
    let bytes = epoch::advance().and_then(|_| stats::metadata::read());
    bytes.expect("the allocator counts")
}

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    server::run(bookkeeping).await
}
