//! `tower-mcp-stdio`: the same tools on the standard streams.

mod tools;

use tower_mcp::{BoxError, StdioTransport};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    StdioTransport::new(tools::router()).run().await?;
    Ok(())
}
