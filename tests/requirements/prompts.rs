//! PROM: `prompts/list` and `prompts/get`.

use mcp_server::{
    Server, ServerPrompt,
    model::{
        AudioContent, EmbeddedResource, Icon, ImageContent, Meta, PromptArgument, PromptMessage, ResourceContents,
        ResourceLink,
    },
    prompt, prompts,
};
use mcp_tests::{clients, covers, messages::stateless, peer::Peer};
use serde_json::{Value, json};

use crate::{keys, same_for_everyone};

/// Greets somebody.
#[prompt]
fn greet(
    /// Whom.
    name: String,
    warmly: Option<bool>,
) -> Vec<PromptMessage> {
    let greeting = if warmly == Some(true) { "Dear" } else { "Hello" };
    vec![PromptMessage::user(format!("{greeting} {name}")), PromptMessage::assistant("At your service")]
}

/// Says when to rest.
#[prompt]
fn rest(after: Option<u8>) -> String {
    format!("{after:?}")
}

fn server() -> Server {
    Server::builder("prompts", "1.0.0").prompts(prompts![greet]).build()
}

/// PROM-001: a server with prompts says so, and its list answers, also when no prompt is left.
#[tokio::test]
async fn prompts_are_declared_and_listed_also_when_there_are_none() {
    covers!("PROM-001");
    let empty = Server::builder("empty", "1.0.0").prompts([]).build();
    let emptied = server();
    emptied.prompts().remove("greet").unwrap();
    let listed = json!([{
        "name": "greet", "description": "Greets somebody.",
        "arguments": [{"name": "name", "description": "Whom.", "required": true}, {"name": "warmly"}],
    }]);
    for (server, listed) in [(server(), listed), (empty, json!([])), (emptied, json!([]))] {
        for mut client in clients::each_revision(&server).await {
            assert!(client.capabilities().await["prompts"].is_object(), "{}", client.revision());
            assert_eq!(client.result("prompts/list", json!({})).await["prompts"], listed, "{}", client.revision());
        }
    }
}

/// PROM-001: each revision sees the members that it knows.
#[tokio::test]
async fn a_prompt_has_the_members_of_its_revision() {
    covers!("PROM-001");
    let mut argument = PromptArgument::new("name");
    argument.title = Some("Name".into());
    let prompt = ServerPrompt::new("a", |_: ()| async { "x" }).argument(argument).title("A").description("Is one.");
    let prompt = prompt.icons([Icon::new("https://e.com/i.png")]).meta(Meta::from_iter([("e.com/n".into(), json!(1))]));
    let server = Server::builder("prompts", "1.0.0").prompts([prompt]).build();
    for mut client in clients::each_revision(&server).await {
        let prompt = client.result("prompts/list", json!({})).await["prompts"][0].clone();
        let (mut members, mut of_argument) = (vec!["arguments", "description", "name"], vec!["name"]);
        if client.revision() >= "2025-06-18" {
            members.extend(["_meta", "title"]);
            of_argument.push("title");
        }
        if client.revision() >= "2025-11-25" {
            members.push("icons");
        }
        members.sort_unstable();
        assert_eq!(keys(&prompt), members, "{}", client.revision());
        assert_eq!(keys(&prompt["arguments"][0]), of_argument, "{}", client.revision());
    }
}

/// PROM-002: a client that only discovers learns that there are prompts.
#[tokio::test]
async fn discovery_names_prompts() {
    covers!("PROM-002");
    let mut peer = Peer::in_process(&server());
    let found = peer.ask(&stateless(1, "server/discover", json!({}))).await;
    assert!(found["result"]["capabilities"]["prompts"].is_object(), "{found}");
    let without = Server::builder("without", "1.0.0").build();
    let found = Peer::in_process(&without).ask(&stateless(1, "server/discover", json!({}))).await;
    assert_eq!(found["result"]["capabilities"].get("prompts"), None, "{found}");
}

/// PROM-003: who asks, and what was asked before, changes no list.
#[tokio::test]
async fn the_list_is_the_same_for_everyone() {
    covers!("PROM-003");
    let get = ("prompts/get", json!({"name": "greet", "arguments": {"name": "Ann"}}));
    let list = same_for_everyone(&server(), "prompts/list", "prompts", get).await;
    assert_eq!(list[0]["name"], "greet");
}

/// PROM-004, PROM-006: strings go in, messages with a role and one block each come out; what does not fit is an error.
#[tokio::test]
async fn a_prompt_takes_strings_and_gives_messages() {
    covers!("PROM-004", "PROM-006");
    let server = Server::builder("prompts", "1.0.0").prompts(prompts![greet, rest]).build();
    for mut client in clients::each_revision(&server).await {
        let params = json!({"name": "greet", "arguments": {"name": "Ann", "warmly": "true"}});
        let result = client.result("prompts/get", params).await;
        let messages = json!([
            {"role": "user", "content": {"type": "text", "text": "Dear Ann"}},
            {"role": "assistant", "content": {"type": "text", "text": "At your service"}},
        ]);
        assert_eq!((&result["messages"], &result["description"]), (&messages, &json!("Greets somebody.")));
        for params in [
            json!({"name": "none"}),
            json!({"name": "greet"}),
            json!({"name": "greet", "arguments": {"warmly": "true"}}),
            json!({"name": "greet", "arguments": {"name": 7}}),
            json!({"name": "greet", "arguments": {"name": null}}),
            json!({"name": "greet", "arguments": ["Ann"]}),
            json!({"name": "rest", "arguments": {"after": 7}}),
            json!({"name": "rest", "arguments": {"after": {}}}),
            json!({"name": "rest", "arguments": "7"}),
        ] {
            assert_eq!(client.error("prompts/get", params.clone()).await.0, -32602, "{} {params}", client.revision());
        }
    }
}

fn message_of(block: &str) -> PromptMessage {
    let text = ResourceContents::Text {
        uri: "note://1".into(),
        mime_type: Some("text/plain".into()),
        text: "words".into(),
        meta: None,
    };
    let blob = ResourceContents::Blob {
        uri: "note://2".into(),
        mime_type: Some("image/png".into()),
        blob: "iVBORw==".into(),
        meta: None,
    };
    match block {
        "image" => PromptMessage::user(ImageContent::from_base64("iVBORw==", "image/png")),
        "audio" => PromptMessage::user(AudioContent::from_base64("UklGRg==", "audio/wav")),
        "link" => PromptMessage::user(ResourceLink::new("note://1", "first")),
        "text" => PromptMessage::user(EmbeddedResource::new(text)),
        _ => PromptMessage::assistant(EmbeddedResource::new(blob)),
    }
}

#[prompt]
fn show(block: String) -> PromptMessage {
    message_of(&block)
}

/// PROM-005: blocks of a prompt are those of a tool, and each revision gets the kinds that it knows.
#[tokio::test]
async fn a_message_may_be_a_picture_a_sound_or_a_resource() {
    covers!("PROM-005");
    let server = Server::builder("blocks", "1.0.0").prompts(prompts![show]).build();
    for mut client in clients::each_revision(&server).await {
        let blob = |uri: &str, kind: &str, blob: &str| json!({"uri": uri, "mimeType": kind, "blob": blob});
        let audio = match client.revision() >= "2025-03-26" {
            true => json!({"type": "audio", "data": "UklGRg==", "mimeType": "audio/wav"}),
            false => json!({"type": "resource", "resource": blob("audio://result", "audio/wav", "UklGRg==")}),
        };
        let link = match client.revision() >= "2025-06-18" {
            true => json!({"type": "resource_link", "uri": "note://1", "name": "first"}),
            false => json!({"type": "text", "text": "first: note://1"}),
        };
        let text = json!({"uri": "note://1", "mimeType": "text/plain", "text": "words"});
        for (block, expected) in [
            ("image", json!({"type": "image", "data": "iVBORw==", "mimeType": "image/png"})),
            ("audio", audio),
            ("link", link),
            ("text", json!({"type": "resource", "resource": text})),
            ("blob", json!({"type": "resource", "resource": blob("note://2", "image/png", "iVBORw==")})),
        ] {
            let got = client.result("prompts/get", json!({"name": "show", "arguments": {"block": block}})).await;
            let content: &Value = &got["messages"][0]["content"];
            assert_eq!(*content, expected, "{}", client.revision());
        }
    }
}
