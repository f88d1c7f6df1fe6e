//! What handlers ask of their clients, as their attributes say.

use mcp_server::{Server, handlers, prompt, prompts, resource, resources, tool, tools};
use mcp_tests::{messages::stateless, peer::Peer};
use serde_json::json;

use crate::call;

#[tool(asks(elicitation, sampling_tools), once)]
fn remove() -> &'static str {
    "removed"
}

#[tool(once = false)]
fn keep() -> &'static str {
    "kept"
}

#[prompt(asks(roots))]
fn plan() -> &'static str {
    "Plan."
}

#[resource("shop://stock", asks(sampling))]
fn stock() -> &'static str {
    "none"
}

struct Shop;

#[handlers]
impl Shop {
    #[tool(asks(elicitation_url))]
    fn pay(&self) -> &'static str {
        "paid"
    }
}

/// The client of these tests takes no questions.
#[tokio::test]
async fn who_does_not_take_what_a_handler_asks_is_refused_before_it_runs() {
    let server = Server::builder("asks", "1.0.0")
        .tools(tools![remove, keep])
        .prompts(prompts![plan])
        .resources(resources![stock])
        .handlers(Shop)
        .build();
    let mut peer = Peer::in_process(&server);
    for (method, params, required) in [
        ("tools/call", json!({"name": "remove"}), json!({"elicitation": {"form": {}}, "sampling": {"tools": {}}})),
        ("tools/call", json!({"name": "pay"}), json!({"elicitation": {"url": {}}})),
        ("prompts/get", json!({"name": "plan"}), json!({"roots": {}})),
        ("resources/read", json!({"uri": "shop://stock"}), json!({"sampling": {}})),
    ] {
        let error = peer.ask(&stateless(1, method, params)).await["error"].clone();
        assert_eq!((&error["code"], &error["data"]["requiredCapabilities"]), (&json!(-32021), &required), "{error}");
    }
    assert_eq!(call(&server, "keep", json!({})).await, Ok("kept".to_owned()));
    assert_eq!((remove(), Shop.pay()), ("removed", "paid"));
    assert_eq!((plan(), stock()), ("Plan.", "none"));
}
