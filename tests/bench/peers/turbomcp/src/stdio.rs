//! `turbomcp-stdio`: the same tools on the standard streams.

mod tools;

#[tokio::main]
async fn main() -> Result<(), turbomcp::ProtocolError> {
    tools::Bench.run_stdio().await
}
