//! `mount ADDR` serves the calculator as one route of an axum application. Port 0 picks a free one.

use axum::{Router, routing::get};

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let service = mcp_examples::calculator::server().http_service();
    let app = Router::new().route("/health", get(|| async { "well" })).route_service("/mcp", service.clone());
    let listener = service.bind(address).await?;
    eprintln!("listening on {}", listener.url());
    // All routes get the bounds and the timers of the endpoint, and end with it at Ctrl-C and SIGTERM.
    listener.serve_with(app).await
}
