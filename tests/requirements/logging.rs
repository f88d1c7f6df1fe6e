//! LOG: what of a server's inside reaches its clients.

use mcp_server::{
    Context, Json, RawJson, Schema, Server, ServerResource, ServerTool, model::CallToolResult, prompt, tool,
};
use mcp_server::{prompts, tools};
use mcp_tests::{
    clients::{self, Client},
    covers,
    messages::call,
};
use serde_json::{Value, json};

const SECRET: &str = "s3cret";

/// Panics.
#[tool]
async fn panics() -> String {
    tokio::task::yield_now().await;
    panic!("{SECRET}")
}

#[derive(serde::Serialize, schemars::JsonSchema)]
#[schemars(crate = "mcp_server::schemars")]
struct Share {
    #[schemars(range(max = 1.0))]
    part: f64,
}

/// Returns what it must not.
#[tool]
fn misfits() -> Json<Share> {
    Json(Share { part: 47.11 })
}

/// Fails for a reason that is nobody's affair.
#[prompt]
fn fails() -> Result<String, std::io::Error> {
    Err(std::io::Error::other(SECRET))
}

fn server() -> Server {
    let schema = Schema::try_from(json!({"type": "object"})).unwrap();
    let written = ServerTool::from_schema("written", schema, |_: Value, _: Context| async {
        let mut result = CallToolResult::text("x");
        result.structured_content = Some(RawJson::from_value(&json!({"password": SECRET})).unwrap());
        result
    });
    let written = written.output_schema(Schema::try_from(json!({"type": "array"})).unwrap());
    let resource =
        ServerResource::new("note://1", "first", || async { Err::<String, _>(std::io::Error::other(SECRET)) });
    Server::builder("logging", "1.0.0")
        .tools(tools![panics, misfits])
        .tools([written])
        .prompts(prompts![fails])
        .resources([resource])
        .logging()
        .build()
}

/// LOG-010, as far as it is not the program's own affair: what goes wrong inside is written to `tracing`, and not to the
/// clients, whatever level they ask for.
#[tokio::test]
async fn what_goes_wrong_inside_is_not_logged_to_clients() {
    covers!("LOG-010");
    for mut client in clients::each_revision(&server()).await {
        for (method, params) in [
            ("tools/call", call("panics", json!({}))),
            ("tools/call", call("misfits", json!({}))),
            ("tools/call", call("written", json!({}))),
            ("prompts/get", json!({"name": "fails"})),
            ("resources/read", json!({"uri": "note://1"})),
        ] {
            let all = at_debug(&mut client, method, params).await;
            assert_eq!(all.len(), 1, "{} {all:?}", client.revision());
            assert_eq!(all[0]["error"]["code"], -32603, "{} {all:?}", client.revision());
            assert!(!all[0].to_string().contains(SECRET) && !all[0].to_string().contains("47.11"), "{all:?}");
        }
    }
}

/// Asks with every log message wanted; all that comes, up to the answer.
async fn at_debug(client: &mut Client, method: &str, mut params: Value) -> Vec<Value> {
    if client.has_session() {
        assert_eq!(client.result("logging/setLevel", json!({"level": "debug"})).await, json!({}));
    } else {
        params["_meta"]["io.modelcontextprotocol/logLevel"] = json!("debug");
    }
    client.all(method, params).await
}
