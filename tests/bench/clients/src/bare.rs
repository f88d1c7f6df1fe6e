//! `client-reqwest URL CONCURRENCY MILLISECONDS`: bare reqwest with typed messages.

mod measure;

use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Request {
    jsonrpc: &'static str,
    id: i64,
    method: &'static str,
    params: Params,
}

#[derive(Serialize)]
struct Params {
    name: &'static str,
    arguments: Add,
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Serialize)]
struct Add {
    a: i64,
    b: i64,
}

#[derive(Serialize)]
struct Meta {
    #[serde(rename = "io.modelcontextprotocol/protocolVersion")]
    version: &'static str,
    #[serde(rename = "io.modelcontextprotocol/clientInfo")]
    client: Info,
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
    capabilities: Empty,
}

#[derive(Serialize)]
struct Info {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Deserialize)]
struct Response {
    id: i64,
    result: CallResult,
}

#[derive(Deserialize)]
struct CallResult {
    content: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[tokio::main]
async fn main() {
    let arguments = measure::arguments();
    let client = reqwest::Client::builder().tcp_nodelay(true).build().expect("a client");
    let url = reqwest::Url::parse(&arguments.url).expect("a URL");
    measure::run(&arguments, move |n| call(client.clone(), url.clone(), n)).await;
}

async fn call(client: reqwest::Client, url: reqwest::Url, n: i64) -> i64 {
    let meta = Meta { version: "2026-07-28", client: Info { name: "bench", version: "1.0.0" }, capabilities: Empty {} };
    let params = Params { name: "add", arguments: Add { a: n, b: 2 }, meta };
    let request = Request { jsonrpc: "2.0", id: n, method: "tools/call", params };
    let answer = client
        .post(url)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "add")
        .body(serde_json::to_vec(&request).expect("JSON"))
        .send()
        .await
        .expect("an answer");
    let body = answer.bytes().await.expect("a body");
    let response: Response = serde_json::from_slice(&body).expect("a response");
    assert_eq!(response.id, n, "the answer to another request");
    response.result.content[0].text.parse().expect("a number")
}
