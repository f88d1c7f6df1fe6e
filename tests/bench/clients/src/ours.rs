//! `client-ours URL CONCURRENCY MILLISECONDS`: the client of this repository.

mod measure;

use mcp_client::McpClient;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = measure::arguments();
    let client = McpClient::connect_http(&arguments.url).await?;
    measure::run(&arguments, move |n| {
        let call = client.call_tool("add", json!({"a": n, "b": 2}));
        async move { call.await.expect("a result").parse().expect("a number") }
    })
    .await;
    Ok(())
}
