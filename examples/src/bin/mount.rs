//! `mount ADDR` serves the calculator as one route of an axum application. Port 0 picks a free one.

use axum::{Router, routing::get, serve::ListenerExt};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let server = mcp_examples::calculator::server();
    let app = Router::new().route("/health", get(|| async { "well" })).route_service("/mcp", server.http_service());

    let listener = TcpListener::bind(address).await?;
    eprintln!("listening on http://{}/mcp", listener.local_addr()?);
    // Without it, a stream of events may wait 40 ms for the acknowledgement of what was sent before.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            eprintln!("TCP_NODELAY cannot be set: {error}");
        }
    });
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
