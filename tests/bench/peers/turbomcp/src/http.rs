//! `turbomcp-http ADDR`: its own listener.

mod tools;

use turbomcp::http::{HttpConfig, serve_http};

#[tokio::main]
async fn main() -> Result<(), turbomcp::ProtocolError> {
    let address = std::env::args().nth(1).expect("usage: turbomcp-http ADDR");
    let service = tools::Bench.into_server().build();
    serve_http(address.parse().expect("an address"), service, HttpConfig::new()).await?;
    Ok(())
}
