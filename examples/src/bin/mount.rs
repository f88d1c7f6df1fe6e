//! `mount ADDR` serves the calculator as one route of an axum application. Port 0 picks a free one.

use axum::{Router, routing::get};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let server = mcp_examples::calculator::server();
    let app = Router::new().route("/health", get(|| async { "well" })).route_service("/mcp", server.http_service());

    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on http://{}/mcp", listener.local_addr()?);
    let stopped = async move {
        // Without a way to hear Ctrl-C the program stops when it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        // Ends the open streams, which axum would wait for.
        server.shutdown().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await
}
