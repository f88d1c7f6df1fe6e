//! `calculator-client URL` lists the tools of a server over HTTP, and lets it add two numbers.

use std::error::Error;

use mcp_client::McpClient;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("usage: calculator-client URL")?;
    let client = McpClient::connect_http(&url).await?;
    for tool in client.list_tools().await?.iter() {
        println!("{}: {}", tool.name, tool.description.as_deref().unwrap_or("(no description)"));
    }
    let sum: i64 = client.call_tool("add", json!({"a": 1, "b": 2})).await?.parse()?;
    println!("1 + 2 = {sum}");
    client.close().await;
    Ok(())
}
