//! `calculator-http ADDR` serves the calculator over HTTP. Port 0 picks a free one.

#[tokio::main]
async fn main() -> mcp_server::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = mcp_examples::calculator::server().bind_http(&address).await?;
    eprintln!("listening on {}", listener.url());
    listener.serve().await
}
