//! Schemas that say more than types do, over sockets and in process, in both eras.

mod headers;
mod others;
mod validation;

use std::net::SocketAddr;

use mcp_server::{
    Context, Json, RawJson, Schema, Server, ServerBuilder, ServerTool, model::CallToolResult, tool, tools,
};
use serde_json::{Value, json};

/// Says where the call was routed.
#[tool]
async fn route(
    #[arg(header = "Region")] region: Option<String>,
    #[arg(header = "Shard")] shard: Option<i64>,
    #[arg(header = "Dry-Run")] dry_run: Option<bool>,
    plain: Option<String>,
) -> String {
    format!("{region:?} {shard:?} {dry_run:?} {plain:?}")
}

/// Waits.
#[tool]
async fn wait(#[schemars(range(min = 1, max = 60))] seconds: u8, reason: Option<String>) -> String {
    format!("{seconds} {reason:?}")
}

#[derive(serde::Serialize, schemars::JsonSchema)]
struct Share {
    #[schemars(range(max = 1.0))]
    part: f64,
}

/// One part of many.
#[tool]
async fn share(of: f64) -> Json<Share> {
    Json(Share { part: 1.0 / of })
}

fn schema(value: Value) -> Schema {
    Schema::try_from(value).unwrap()
}

/// A tool that no type describes.
fn written() -> ServerTool {
    let input = schema(json!({
        "type": "object",
        "$defs": {"level": {"type": ["integer", "null"], "maximum": 11}},
        "properties": {"level": {"$ref": "#/$defs/level"}},
        "x-vendor": {"kept": true},
    }));
    let output = schema(json!({"type": "object", "properties": {"level": {"type": "integer"}}, "required": ["level"]}));
    ServerTool::from_schema("louder", input, |arguments: RawJson, _: Context| async move {
        let mut result = CallToolResult::text(arguments.as_str());
        result.structured_content = Some(arguments);
        result
    })
    .output_schema(output)
}

fn builder() -> ServerBuilder {
    Server::builder("schemas", "1.0.0").tools(tools![route, wait, share]).tools([written()])
}

/// Serves on a free port until the test's runtime ends.
async fn start(server: &Server) -> SocketAddr {
    let listener = server.bind_http("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr();
    tokio::spawn(listener.serve());
    address
}
