//! `ours-mount ADDR [--nodelay]`: the endpoint as a route of an axum application.

mod tools;

use axum::{Router, serve::ListenerExt};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).expect("usage: ours-mount ADDR");
    let app = Router::new().route_service("/mcp", tools::server().http_service());
    let listener = TcpListener::bind(address).await?;
    if std::env::args().any(|argument| argument == "--nodelay") {
        let nodelay = |stream: &mut TcpStream| stream.set_nodelay(true).expect("a socket");
        axum::serve(listener.tap_io(nodelay), app).await
    } else {
        axum::serve(listener, app).await
    }
}
