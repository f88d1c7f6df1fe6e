//! `rmcp-stdio`: the same tools on the standard streams.

mod tools;

use rmcp::{ServiceExt, transport::stdio};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tools::Bench::new().serve(stdio()).await?.waiting().await?;
    Ok(())
}
