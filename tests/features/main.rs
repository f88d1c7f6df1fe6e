//! Prompts, resources, completions, content, extensions, subscriptions, log messages and middleware, in both eras, in
//! process and over HTTP.

mod asking;
mod caching;
mod completions;
mod composition;
mod content;
mod discovery;
mod errors;
mod extensions;
mod failures;
mod limits;
mod logging;
mod middleware;
mod objects;
mod pagination;
mod progress;
mod prompts;
mod pushing;
mod resources;
mod results;
mod sources;
mod subscriptions;
mod testing;
mod tracing_layer;
mod visibility;

use mcp_server::{Server, ServerPrompt, ServerResource};
use mcp_tests::clients;

/// A server with one of everything, some of it registered by hand.
fn server() -> Server {
    Server::builder("features", "1.0.0").prompts(prompts::all()).resources(resources::all()).build()
}

/// A registration that must fail, and the sentence of its panic.
fn panics(register: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(register)).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| (*panic.downcast::<&str>().unwrap()).to_owned())
}

/// CAP-002, PROM-001, PROM-002, RES-001, COMP-001: what was registered is declared, and nothing else.
#[tokio::test]
async fn capabilities_follow_what_is_registered() {
    mcp_tests::covers!("COMP-001", "PROM-002", "JRPC-015");
    use serde_json::json;
    let empty = Server::builder("empty", "1.0.0").build();
    let prompts = Server::builder("prompts", "1.0.0").prompts([ServerPrompt::new("a", |_: ()| async { "a" })]).build();
    let resources = Server::builder("resources", "1.0.0")
        .resources([ServerResource::template("x://{id}", "x", |_: ()| async { "x" }).complete_values("id", ["1"])])
        .build();
    for (server, capabilities, method) in [
        (empty, json!({}), "prompts/list"),
        (prompts, json!({"prompts": {"listChanged": true}}), "resources/list"),
        (resources, json!({"resources": {"listChanged": true, "subscribe": true}, "completions": {}}), "prompts/get"),
    ] {
        for mut client in clients::all(&server).await {
            assert_eq!(client.capabilities().await, capabilities);
            // JRPC-015: a capability that is not declared has no methods.
            let answer = client.ask(method, json!({"name": "a"})).await;
            assert_eq!(answer["error"]["code"], -32601, "{answer}");
        }
    }
}
