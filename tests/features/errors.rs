//! What an error says of its input: one line, and little of it.

use mcp_server::{Server, prompt, prompts, tool, tools};
use mcp_tests::clients::{self, Client};
use serde_json::json;
use tokio::task::JoinSet;

/// Adds two numbers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// A name of even length.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
struct Even(String);

impl TryFrom<String> for Even {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len().is_multiple_of(2) { Ok(Self(text)) } else { Err(format!("`{text}` is odd")) }
    }
}

/// Calls by name.
#[tool]
async fn name(name: Even) -> String {
    name.0
}

/// Greets.
#[prompt]
async fn greet(name: String) -> String {
    format!("Hello, {name}!")
}

/// The message of an error never ends a line, and shows at most 256 characters of what was sent.
#[tokio::test]
async fn messages_are_one_line_and_show_little_of_their_input() {
    mcp_tests::covers!("JRPC-022");
    let server = Server::builder("errors", "1.0.0").tools(tools![add, name]).prompts(prompts![greet]).logging().build();
    let clients = clients::each_revision(&server).await;
    // At once: a connection that waits for its turn is closed after a while.
    clients.into_iter().map(be_wrong_in_many_ways).collect::<JoinSet<()>>().join_all().await;
}

async fn be_wrong_in_many_ways(mut client: Client) {
    let long = "a\nb".repeat(10_000);
    // What stands in a header must fit one.
    let (name, unknown) = ("a\nb".repeat(500), "x".repeat(1500));
    for (method, params) in [
        ("tools/call", json!({"name": "a\nb\r\nc\u{2028}d"})),
        ("tools/call", json!({"name": "add", "arguments": {"a": "x", "b": "y", "c": 1}})),
        ("prompts/get", json!({"name": "a\nb"})),
        ("prompts/get", json!({"name": "greet", "arguments": {"name": [long]}})),
        ("prompts/get", json!({"name": "greet", "arguments": {"a\nb": "x"}})),
        ("completion/complete", json!({"ref": {"type": "ref/prompt", "name": "greet"}, "argument": long})),
        ("tools/list", json!({"cursor": "a\nb"})),
        ("tools/list", json!({"cursor": {"a\nb": 1}})),
        ("resources/read", json!({"uri": "test://a\nb"})),
        ("logging/setLevel", json!({"level": "a\nb"})),
        ("tools/call", json!({"name": "add", "arguments": {"a": long, "b": [long]}})),
        ("tools/call", json!({"name": name})),
        ("tools/call", json!({"name": "name", "arguments": {"name": format!("{long}.")}})),
        ("tools/call", json!({"name": "add", "arguments": {long.as_str(): 1}})),
        ("prompts/get", json!({"name": name})),
        ("resources/read", json!({"uri": name})),
        ("completion/complete", json!({"ref": {"type": long, "name": "x"}, "argument": {"name": "a", "value": ""}})),
        (unknown.as_str(), json!({})),
    ] {
        let answer = client.ask(method, params).await;
        let Some(message) = answer["error"]["message"].as_str() else {
            // It is told to the model.
            assert!(answer["result"]["isError"] == true && client.revision() >= "2025-11-25", "{method}: {answer}");
            let text = answer["result"]["content"][0]["text"].as_str().unwrap();
            assert!(text.chars().count() <= 512, "{} {method}: {text}", client.revision());
            continue;
        };
        let breaks = |char: char| char.is_control() || char == '\u{2028}';
        assert!(!message.contains(breaks), "{} {method}: {message:?}", client.revision());
        assert!(message.chars().count() <= 512, "{} {method}: {message}", client.revision());
    }
}
