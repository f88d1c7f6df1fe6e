//! `ours-http ADDR [--tools N] [--large] [--traced] [--layered]`: the listener as it is shipped.

mod tools;

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    let address = std::env::args().nth(1).expect("usage: ours-http ADDR");
    tools::server().serve_http(address).await
}
