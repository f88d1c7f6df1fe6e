//! `prompts/list` and `prompts/get`.

use std::collections::BTreeMap;

use mcp_server::{
    Context, Error, Server, ServerPrompt,
    model::{GetPromptResult, PromptArgument, PromptMessage},
    prompt, prompts,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{clients, panics, server};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pace {
    Slow,
    Fast,
}

/// Plans a day outside.
#[prompt(title = "Plan a day")]
async fn plan(
    /// Where.
    city: String,
    hours: Option<u8>,
    #[arg(default = Pace::Slow)] pace: Pace,
    ctx: Context,
) -> Vec<PromptMessage> {
    let _ = ctx;
    let hours = hours.unwrap_or(8);
    vec![PromptMessage::user(format!("{city}, {hours} hours, {pace:?}")), PromptMessage::assistant("Gladly.")]
}

/// Fails as it is told to.
#[prompt]
fn broken(how: String) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    match how.as_str() {
        "told" => Err(Error::invalid_params("no such season").into()),
        "panic" => panic!("on purpose"),
        secret => Err(format!("the password is {secret}").into()),
    }
}

pub(crate) fn all() -> Vec<ServerPrompt> {
    let by_hand = ServerPrompt::new("greet", |arguments: BTreeMap<String, String>| async move {
        GetPromptResult::new(vec![PromptMessage::user(format!("Hello, {}!", arguments["name"]))])
    });
    let by_hand =
        by_hand.argument(PromptArgument::required("name")).complete_values("name", ["alice", "albert", "bob"]);
    let mut all = prompts![plan, broken];
    all.push(by_hand);
    all
}

/// PROM-001, PROM-003, CACHE-001.
#[tokio::test]
async fn prompts_are_listed_with_their_arguments() {
    mcp_tests::covers!("PROM-001");
    let server = server();
    for mut client in clients::all(&server).await {
        let listed = client.result("prompts/list", json!({})).await;
        let expected = json!({
            "name": "plan", "title": "Plan a day", "description": "Plans a day outside.",
            "arguments": [{"name": "city", "description": "Where.", "required": true}, {"name": "hours"}, {"name": "pace"}],
        });
        assert_eq!(listed["prompts"][0], expected);
        assert_eq!(listed["prompts"][2], json!({"name": "greet", "arguments": [{"name": "name", "required": true}]}));
        assert_eq!(listed.get("ttlMs").is_some(), !client.has_session());
    }
}

/// PROM-004.
#[tokio::test]
async fn a_prompt_is_filled_in() {
    mcp_tests::covers!("PROM-004");
    let server = server();
    for mut client in clients::all(&server).await {
        let arguments = json!({"city": "Oslo", "hours": "3", "pace": "fast"});
        let result = client.result("prompts/get", json!({"name": "plan", "arguments": arguments})).await;
        let messages = json!([
            {"role": "user", "content": {"type": "text", "text": "Oslo, 3 hours, Fast"}},
            {"role": "assistant", "content": {"type": "text", "text": "Gladly."}},
        ]);
        assert_eq!((&result["messages"], &result["description"]), (&messages, &json!("Plans a day outside.")));
        let result = client.result("prompts/get", json!({"name": "plan", "arguments": {"city": "Oslo"}})).await;
        assert_eq!(result["messages"][0]["content"]["text"], "Oslo, 8 hours, Slow");
        let result = client.result("prompts/get", json!({"name": "greet", "arguments": {"name": "Ann"}})).await;
        assert_eq!(result["messages"][0]["content"]["text"], "Hello, Ann!");
    }
}

/// PROM-006, PROM-007.
#[tokio::test]
async fn what_does_not_fit_is_told_and_what_is_secret_is_not() {
    mcp_tests::covers!("PROM-006", "PROM-007");
    let server = server();
    for mut client in clients::all(&server).await {
        for (name, arguments, code, text) in [
            ("none", json!({}), -32602, "unknown prompt `none`"),
            ("plan", json!({}), -32602, "needs `city`"),
            ("greet", json!({}), -32602, "needs `name`"),
            ("plan", json!({"city": "Oslo", "hours": "many"}), -32602, "`hours`: expected an integer from 0 to 255"),
            ("plan", json!({"city": "Oslo", "pace": "idle"}), -32602, "unknown variant `idle`"),
            ("plan", json!({"city": "Oslo", "town": "x"}), -32602, "unknown field `town`"),
            ("plan", json!({"city": 1}), -32602, "params.arguments"),
            ("broken", json!({"how": "told"}), -32602, "no such season"),
            ("broken", json!({"how": "s3cret"}), -32603, "the prompt failed"),
            ("broken", json!({"how": "panic"}), -32603, ""),
        ] {
            let (found, error) = client.error("prompts/get", json!({"name": name, "arguments": arguments})).await;
            let message = error["message"].as_str().unwrap();
            assert!(found == code && message.contains(text) && !message.contains("s3cret"), "{name}: {error}");
        }
    }
}

/// PAGE-001, PROM-001.
#[tokio::test]
async fn prompts_come_and_go_and_have_pages() {
    let mut limits = mcp_server::Limits::default();
    limits.page_size = Some(2);
    let server = Server::builder("pages", "1.0.0").prompts(all()).limits(limits).build();
    server.prompts().remove("broken").unwrap();
    server.prompts().insert(ServerPrompt::new("late", |_: ()| async { "late" }));
    for mut client in clients::all(&server).await {
        let first = client.result("prompts/list", json!({})).await;
        let second = client.result("prompts/list", json!({"cursor": first["nextCursor"]})).await;
        let names = |page: &serde_json::Value| {
            let prompts = page["prompts"].as_array().unwrap().iter();
            prompts.map(|prompt| prompt["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!((names(&first), names(&second)), (vec!["plan".into(), "greet".into()], vec!["late".into()]));
        assert!(second.get("nextCursor").is_none());
        assert_eq!(client.error("prompts/list", json!({"cursor": "x"})).await.0, -32602);
        assert_eq!(client.error("prompts/get", json!({"name": "broken"})).await.0, -32602);
    }
}

#[test]
fn mistakes_panic_where_they_are_made() {
    let twice = panics(|| drop(Server::builder("x", "1").prompts(prompts![plan, plan])));
    assert!(twice.starts_with("two prompts are called `plan`"), "{twice}");
    let missing = panics(|| drop(ServerPrompt::new("a", |_: ()| async { "a" }).complete_values("b", ["c"])));
    assert_eq!(missing, "prompt `a` has no argument `b` to complete");
}
