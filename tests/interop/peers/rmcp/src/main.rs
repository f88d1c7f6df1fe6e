//! rmcp as a server. Over HTTP it says on its standard error where it listens: on PORT of the environment, or any that
//! is free.
//!
//!     interop-rmcp stdio|http|plain
//!
//! `plain` is HTTP without sessions and without streams.

mod resources;
mod server;
mod tools;

use rmcp::{
    ServiceExt,
    transport::{
        stdio,
        streamable_http_server::{
            StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
        },
    },
};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let transport = std::env::args().nth(1).unwrap_or_default();
    if transport == "stdio" {
        server::Server::new().serve(stdio()).await?.waiting().await?;
        return Ok(());
    }
    let mut config = StreamableHttpServerConfig::default();
    if transport == "plain" {
        config = config.with_legacy_session_mode(false).with_json_response(true);
    }
    let sessions = LocalSessionManager::default().into();
    let service = StreamableHttpService::new(|| Ok(server::Server::new()), sessions, config);
    let port = std::env::var("PORT").unwrap_or_else(|_| "0".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    eprintln!("listening on http://{}/mcp", listener.local_addr()?);
    axum::serve(listener, axum::Router::new().nest_service("/mcp", service)).await?;
    Ok(())
}
