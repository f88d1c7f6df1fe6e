//! `tower-mcp-http ADDR [--tools N]`: on axum, with TCP_NODELAY.

mod tools;

use axum::serve::ListenerExt;
use tokio::net::{TcpListener, TcpStream};
use tower_mcp::HttpTransport;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).expect("usage: tower-mcp-http ADDR");
    let app = HttpTransport::new(tools::router()).max_sessions(100_000).into_router_at("/mcp");
    let listener = TcpListener::bind(address).await?;
    let nodelay = |stream: &mut TcpStream| stream.set_nodelay(true).expect("a socket");
    axum::serve(listener.tap_io(nodelay), app).await
}
