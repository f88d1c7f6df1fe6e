//! `rmcp-client URL CONCURRENCY MILLISECONDS [--pooled]`: its default client, or one that is given a pool.

#[path = "../../../clients/src/measure.rs"]
mod measure;

use rmcp::{
    model::{CallToolRequestParams, ProtocolVersion},
    service::{ClientLifecycleMode, serve_client_with_lifecycle},
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = measure::arguments();
    let config = StreamableHttpClientTransportConfig::with_uri(arguments.url.as_str())
        .max_concurrent_requests(arguments.concurrency);
    let transport = if std::env::args().any(|argument| argument == "--pooled") {
        StreamableHttpClientTransport::with_client(reqwest::Client::new(), config)
    } else {
        StreamableHttpClientTransport::from_config(config)
    };
    let lifecycle = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
    let client = serve_client_with_lifecycle((), transport, lifecycle).await?;
    let peer = client.peer().clone();
    measure::run(&arguments, move |n| {
        let peer = peer.clone();
        async move {
            let arguments = serde_json::json!({"a": n, "b": 2});
            let arguments = arguments.as_object().expect("an object").clone();
            let call = CallToolRequestParams::new("add").with_arguments(arguments);
            let result = peer.call_tool(call).await.expect("a result");
            let text = &result.content[0].as_text().expect("text").text;
            text.parse().expect("a number")
        }
    })
    .await;
    Ok(())
}
