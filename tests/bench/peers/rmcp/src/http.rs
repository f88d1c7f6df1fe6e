//! `rmcp-http ADDR [--json] [--delay] [--tools N] [--large]`: on axum, with TCP_NODELAY unless `--delay`; `--json`
//! sets its JSON responses, otherwise it answers with events, which is its default.

mod tools;

use axum::serve::ListenerExt;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let mut config = StreamableHttpServerConfig::default();
    if has("--json") {
        config = config.with_legacy_session_mode(false).with_json_response(true);
    }
    if has("--large") {
        config.max_request_body_bytes = 32 << 20;
    }
    let service = StreamableHttpService::new(|| Ok(tools::Bench::new()), LocalSessionManager::default().into(), config);
    let app = axum::Router::new().nest_service("/mcp", service);
    let listener = TcpListener::bind(&arguments[0]).await?;
    if has("--delay") {
        return axum::serve(listener, app).await;
    }
    let nodelay = |stream: &mut TcpStream| stream.set_nodelay(true).expect("a socket");
    axum::serve(listener.tap_io(nodelay), app).await
}
