//! Every kind of content, with everything that can be said about it, in each revision.

use std::time::{Duration, SystemTime};

use mcp_core::transport::{Accept, Pipe};
use mcp_server::{
    Context, RawJson, Server, ServerTool,
    model::{
        Annotations, AudioContent, CallToolResult, Content, EmbeddedResource, Icon, IconTheme, ImageContent, LogLevel,
        Meta, PromptMessage, ResourceContents, ResourceLink, Role, TextContent,
    },
    prompt, prompts, resource, resources, tool, tools,
};
use mcp_tests::messages::stateless;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clients;

fn hints() -> Annotations {
    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(1_763_640_000);
    Annotations::default().with_audience([Role::User, Role::Assistant]).with_priority(0.5).with_last_modified(changed)
}

fn icon() -> Icon {
    Icon::new("https://example.com/i.png")
        .with_mime_type("image/png")
        .with_sizes(["48x48", "any"])
        .with_theme(IconTheme::Dark)
}

fn link() -> ResourceLink {
    ResourceLink::new("test://a", "a")
        .with_title("A")
        .with_description("The first.")
        .with_mime_type("text/plain")
        .with_size(3)
        .with_icons([icon()])
}

fn blocks() -> Vec<Content> {
    let meta = || [("com.example/k", 1)];
    let held = ResourceContents::text("test://a", "one").with_mime_type("text/plain").with_meta(meta());
    vec![
        TextContent::new("t").with_annotations(hints()).with_meta(meta()).into(),
        ImageContent::new([1, 2, 3], "image/png").with_annotations(hints()).with_meta(meta()).into(),
        AudioContent::new([4, 5], "audio/wav").with_annotations(hints()).with_meta(meta()).into(),
        link().with_annotations(hints()).with_meta(meta()).into(),
        EmbeddedResource::new(held).with_annotations(hints()).with_meta(meta()).into(),
        ResourceContents::bytes("test://b", [0, 255]).into(),
    ]
}

/// What [`blocks`] are on the wire of a revision.
fn written(revision: &str) -> Vec<Value> {
    let (audio, meta, icons) = (revision >= "2025-03-26", revision >= "2025-06-18", revision >= "2025-11-25");
    let with = |mut block: Value| {
        block["annotations"] = json!({"audience": ["user", "assistant"], "priority": 0.5});
        if meta {
            block["annotations"]["lastModified"] = json!("2025-11-20T12:00:00Z");
            block["_meta"] = json!({"com.example/k": 1});
        }
        block
    };
    let sound = match audio {
        true => json!({"type": "audio", "data": "BAU=", "mimeType": "audio/wav"}),
        false => json!({
            "type": "resource", "resource": {"uri": "audio://result", "mimeType": "audio/wav", "blob": "BAU="},
        }),
    };
    let mut link = json!({"type": "text", "text": "A: test://a\nThe first."});
    let mut held = json!({"uri": "test://a", "mimeType": "text/plain", "text": "one"});
    if meta {
        link = json!({
            "type": "resource_link", "uri": "test://a", "name": "a", "title": "A", "description": "The first.",
            "mimeType": "text/plain", "size": 3,
        });
        held["_meta"] = json!({"com.example/k": 1});
    }
    if icons {
        link["icons"] = json!([wire_icon()]);
    }
    let mut link = with(link);
    if !meta {
        link.as_object_mut().unwrap().remove("_meta");
    }
    vec![
        with(json!({"type": "text", "text": "t"})),
        with(json!({"type": "image", "data": "AQID", "mimeType": "image/png"})),
        with(sound),
        link,
        with(json!({"type": "resource", "resource": held})),
        json!({
            "type": "resource",
            "resource": {"uri": "test://b", "mimeType": "application/octet-stream", "blob": "AP8="},
        }),
    ]
}

fn wire_icon() -> Value {
    json!({
        "src": "https://example.com/i.png", "mimeType": "image/png", "sizes": ["48x48", "any"], "theme": "dark",
    })
}

/// Returns every kind of content.
#[tool(title = "All", icons = [icon()], meta = [("com.example/k", 1)], read_only)]
async fn all() -> CallToolResult {
    CallToolResult::new(blocks()).with_meta(Meta::from_iter([("com.example/k".to_owned(), json!(1))]))
}

/// Says every kind of content.
#[prompt(title = "All", icons = [icon()], meta = [("com.example/k", 1)])]
async fn said() -> Vec<PromptMessage> {
    blocks().into_iter().map(PromptMessage::assistant).collect()
}

/// Holds text and bytes.
#[resource("test://a", title = "A", mime_type = "text/plain", icons = [icon()], meta = [("com.example/k", 1)], annotations = hints())]
async fn held() -> [ResourceContents; 2] {
    [
        ResourceContents::text("test://a", "one").with_mime_type("text/plain").with_meta([("com.example/k", 1)]),
        ResourceContents::bytes("test://a#2", [0, 255]),
    ]
}

/// Holds one of many.
#[resource("test://many/{id}", icons = [icon()], meta = [("com.example/k", 1)], annotations = hints())]
async fn one_of_many(id: String) -> String {
    id
}

fn server() -> Server {
    Server::builder("content", "1.0.0")
        .title("Content")
        .description("Shows content.")
        .website_url("https://example.com")
        .icons([icon()])
        .tools(tools![all])
        .prompts(prompts![said])
        .resources(resources![held, one_of_many])
        .build()
}

/// TOOL-011, TOOL-012, TOOL-013, RES-019, META-008: a revision reads content in its own words.
#[tokio::test]
async fn tools_return_every_kind_of_content() {
    mcp_tests::covers!("TOOL-011", "TOOL-012", "TOOL-013", "RES-019");
    for mut client in clients::each_revision(&server()).await {
        let result = client.result("tools/call", json!({"name": "all"})).await;
        assert_eq!(result["content"], Value::from(written(client.revision())), "{}", client.revision());
        assert_eq!(result["_meta"]["com.example/k"], 1);
    }
}

/// PROM-004, PROM-005.
#[tokio::test]
async fn prompts_say_every_kind_of_content() {
    mcp_tests::covers!("PROM-004", "PROM-005");
    for mut client in clients::each_revision(&server()).await {
        let result = client.result("prompts/get", json!({"name": "said"})).await;
        let said = |content| json!({"role": "assistant", "content": content});
        let expected: Vec<Value> = written(client.revision()).into_iter().map(said).collect();
        assert_eq!(result["messages"], Value::from(expected), "{}", client.revision());
    }
}

/// RES-004.
#[tokio::test]
async fn resources_hold_text_and_bytes() {
    mcp_tests::covers!("RES-004");
    for mut client in clients::each_revision(&server()).await {
        let result = client.result("resources/read", json!({"uri": "test://a"})).await;
        let mut text = json!({"uri": "test://a", "mimeType": "text/plain", "text": "one"});
        if client.revision() >= "2025-06-18" {
            text["_meta"] = json!({"com.example/k": 1});
        }
        let bytes = json!({"uri": "test://a#2", "mimeType": "application/octet-stream", "blob": "AP8="});
        assert_eq!(result["contents"], json!([text, bytes]), "{}", client.revision());
    }
}

/// TOOL-007, RES-003, ICON-001: what lists show has the members that the revision has.
#[tokio::test]
async fn definitions_say_everything_that_the_revision_has_words_for() {
    mcp_tests::covers!("TOOL-007", "RES-003", "PROM-001", "ICON-001");
    for mut client in clients::each_revision(&server()).await {
        let revision = client.revision().to_owned();
        for (method, list) in [
            ("tools/list", "tools"),
            ("prompts/list", "prompts"),
            ("resources/list", "resources"),
            ("resources/templates/list", "resourceTemplates"),
        ] {
            let item = client.result(method, json!({})).await[list][0].clone();
            let since = |date: &str, value: Value| if revision.as_str() >= date { value } else { Value::Null };
            assert_eq!(item["icons"], since("2025-11-25", json!([wire_icon()])), "{revision} {item}");
            assert_eq!(item["_meta"], since("2025-06-18", json!({"com.example/k": 1})), "{revision} {item}");
            let title = match list {
                "resourceTemplates" => Value::Null,
                "resources" => "A".into(),
                _ => "All".into(),
            };
            assert_eq!(item["title"], since("2025-06-18", title), "{revision} {item}");
            if list.starts_with("resource") {
                assert_eq!(item["annotations"]["audience"], json!(["user", "assistant"]));
                let changed = &item["annotations"]["lastModified"];
                assert_eq!(*changed, since("2025-06-18", json!("2025-11-20T12:00:00Z")), "{revision} {item}");
            }
        }
    }
}

/// META-007, VER-008: the newest revision's results name the server; only its discovery says everything about it.
#[tokio::test]
async fn results_name_the_server_and_discovery_describes_it() {
    mcp_tests::covers!("META-007", "VER-008");
    let mut client = clients::Client::on_pipe(&server(), None).await;
    let key = "io.modelcontextprotocol/serverInfo";
    let named = json!({"name": "content", "title": "Content", "version": "1.0.0"});
    assert_eq!(client.result("tools/list", json!({})).await["_meta"][key], named);
    let described = json!({
        "name": "content", "title": "Content", "version": "1.0.0", "description": "Shows content.",
        "icons": [wire_icon()], "websiteUrl": "https://example.com",
    });
    assert_eq!(client.result("server/discover", json!({})).await["_meta"][key], described);
}

#[derive(Deserialize, JsonSchema)]
struct NoArguments {}

/// What handlers may return instead of a result.
#[tokio::test]
async fn blocks_are_results() {
    let picture = || ImageContent::new([1, 2, 3], "image/png");
    let image = json!({"type": "image", "data": "AQID", "mimeType": "image/png"});
    let text = |text: &str| json!({"type": "text", "text": text});
    let tools = [
        ServerTool::new("image", move |_: NoArguments| async move { picture() }),
        ServerTool::new("sound", |_: NoArguments| async { AudioContent::from_base64("BAU=", "audio/wav") }),
        ServerTool::new("link", |_: NoArguments| async { ResourceLink::new("test://a", "a") }),
        ServerTool::new("held", |_: NoArguments| async { ResourceContents::text("test://a", "one") }),
        ServerTool::new("two", move |_: NoArguments| async move { ("A cat.", picture()) }),
        ServerTool::new("three", |_: NoArguments| async {
            [Content::text("a"), Content::text("b"), Content::text("c")]
        }),
        ServerTool::new("failing", move |_: NoArguments| async move {
            Ok::<_, std::io::Error>((picture(), "x", String::new()))
        }),
    ];
    let server = Server::builder("blocks", "1.0.0").tools(tools).build();
    let mut client = clients::Client::on_pipe(&server, None).await;
    for (tool, content) in [
        ("image", json!([image])),
        ("sound", json!([{"type": "audio", "data": "BAU=", "mimeType": "audio/wav"}])),
        ("link", json!([{"type": "resource_link", "uri": "test://a", "name": "a"}])),
        ("held", json!([{"type": "resource", "resource": {"uri": "test://a", "text": "one"}}])),
        ("two", json!([text("A cat."), image])),
        ("three", json!([text("a"), text("b"), text("c")])),
        ("failing", json!([image, text("x"), text("")])),
    ] {
        assert_eq!(client.result("tools/call", json!({"name": tool})).await["content"], content, "{tool}");
    }
}

/// Shows what another server wrote over several lines, in every place that takes JSON as it is.
async fn upstream(_: NoArguments, ctx: Context) -> CallToolResult {
    let pretty: RawJson = serde_json::from_str("{\n  \"a\": [1,\r\n2],\r\"b\": \"\\n\"\n}").unwrap();
    ctx.log(LogLevel::Info, &pretty);
    CallToolResult::text("shown").with_structured_content(pretty)
}

/// A gateway's answers are whole messages on every transport, however its upstreams write JSON.
#[tokio::test]
async fn line_breaks_of_an_upstream_do_not_end_a_message() {
    let tool = ServerTool::with_context("upstream", upstream);
    let server = Server::builder("gateway", "1.0.0").tools([tool]).logging().build();
    let expected = json!({"a": [1, 2], "b": "\n"});
    let wants_logs = json!({"name": "upstream", "_meta": {
        "progressToken": 1, "io.modelcontextprotocol/logLevel": "debug",
    }});
    for client in &mut clients::each_revision(&server).await {
        if client.has_session() {
            client.result("logging/setLevel", json!({"level": "debug"})).await;
        }
        let all = client.all("tools/call", wants_logs.clone()).await;
        let [log, answer] = &all[..] else { panic!("{}: {all:?}", client.revision()) };
        assert_eq!(log["params"]["data"], expected, "{}", client.revision());
        if client.revision() >= "2025-06-18" {
            assert_eq!(answer["result"]["structuredContent"], expected, "{}", client.revision());
        }
    }
    let (mut ours, theirs) = Pipe::pair();
    server.accept(theirs);
    ours.outgoing.send(stateless(1, "tools/call", wants_logs).to_string().into()).await.unwrap();
    for _ in 0..2 {
        let frame = ours.incoming.recv().await.unwrap();
        assert!(!frame.iter().any(|byte| matches!(byte, b'\n' | b'\r')), "{frame:?}");
    }
}
