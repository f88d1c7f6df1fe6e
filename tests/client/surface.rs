//! Everything that a server offers, asked of our own server in every revision, in process and over HTTP.

use std::sync::{Arc, Mutex};

use futures_util::Stream;
use mcp_client::{
    ErrorKind, McpClient, ProtocolVersion, RawJson,
    model::{CallToolResult, CompletionReference, LogLevel, Role},
};
use mcp_server::{
    CompletionRequest, Context, Limits, Server, ServerResource, prompt, prompts, resource, resources, tool, tools,
};
use mcp_tests::covers;
use serde_json::{Value, json};

use crate::support::{
    pipe::{Peer, Script},
    refusal, reply, soon, text,
};

fn languages(request: CompletionRequest) -> Vec<&'static str> {
    let CompletionRequest { value, .. } = request;
    ["Rust", "Ruby", "C"].into_iter().filter(|language| language.starts_with(&value)).collect()
}

/// Asks for a review.
#[prompt]
fn review(#[arg(complete = languages)] language: String) -> String {
    format!("Review this {language}.")
}

#[prompt]
fn greet() -> &'static str {
    "Say hello."
}

#[prompt]
fn part() -> &'static str {
    "Say goodbye."
}

#[resource("note://pages/{page}", name = "page")]
fn page(page: u32) -> Option<String> {
    (page < 100).then(|| format!("page {page}"))
}

/// Says what its caller attached.
#[tool]
fn attached(ctx: Context) -> String {
    ctx.meta("com.example/tenant").map_or_else(|| "nothing".to_owned(), |tenant| tenant.as_str().to_owned())
}

/// Logs at two levels.
#[tool]
fn chat(ctx: Context) -> &'static str {
    ctx.log(LogLevel::Info, "info");
    ctx.log(LogLevel::Error, "error");
    "done"
}

#[tool]
fn third() -> &'static str {
    "third"
}

fn server() -> Server {
    let mut all = resources![page];
    all.push(
        ServerResource::template("map://{city}", "map", |_: ()| async { "a map" })
            .complete_values("city", ["Oslo", "Lagos"]),
    );
    all.extend((0..5).map(|n| ServerResource::text(format!("note://{n}"), format!("n{n}"), format!("text {n}"))));
    let mut limits = Limits::default();
    limits.page_size = Some(2);
    Server::builder("everything", "1.0.0")
        .limits(limits)
        .logging()
        .tools(tools![attached, chat, third])
        .prompts(prompts![review, greet, part])
        .resources(all)
        .build()
}

/// One client per revision and transport.
async fn clients() -> (Server, Vec<McpClient>) {
    let server = server();
    let listener = server.bind_http("127.0.0.1:0").await.unwrap();
    let url = listener.url();
    tokio::spawn(listener.serve());
    let mut clients = Vec::new();
    for version in ProtocolVersion::ALL {
        let builder = || McpClient::builder("agent", "1.0.0").version(version);
        clients.push(builder().connect_in_process(&server).await.unwrap());
        clients.push(builder().connect_http(&url).await.unwrap());
    }
    (server, clients)
}

#[tokio::test]
async fn lists_are_read_whole_page_by_page_and_item_by_item() {
    covers!("PAGE-001", "PAGE-003", "PAGE-004");
    fn is_stream<T>(_: &impl Stream<Item = T>) {}
    let (_server, clients) = clients().await;
    for client in clients {
        assert_eq!(client.list_tools().await.unwrap().len(), 3);
        assert_eq!(client.list_prompts().await.unwrap().len(), 3);
        let uris: Vec<String> = client.list_resources().await.unwrap().into_iter().map(|it| it.uri).collect();
        assert_eq!(uris, ["note://0", "note://1", "note://2", "note://3", "note://4"]);
        let templates = client.list_resource_templates().await.unwrap();
        let mut templates: Vec<String> = templates.into_iter().map(|it| it.uri_template).collect();
        templates.sort_unstable();
        assert_eq!(templates, ["map://{city}", "note://pages/{page}"]);

        let (mut cursor, mut sizes) = (None, Vec::new());
        loop {
            let page = client.list_resources_page(cursor).await.unwrap();
            sizes.push(page.items.len());
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(sizes, [2, 2, 1]);

        let mut items = client.list_resources().into_stream();
        is_stream(&items);
        let mut streamed = Vec::new();
        while let Some(item) = items.next().await {
            streamed.push(item.unwrap().uri);
        }
        assert_eq!(streamed, uris);
        assert!(items.next().await.is_none());
    }
}

/// A page is asked for when an item of it is wanted, and not before; an error ends the stream.
#[tokio::test]
async fn a_stream_of_items_asks_no_further_than_it_is_read() {
    let script = Script::modern(|mut peer: Peer| async move {
        let first = peer.request("prompts/list").await;
        peer.send(reply(&first, json!({"prompts": [{"name": "a"}, {"name": "b"}], "nextCursor": ""}))).await;
        let call = peer.request("tools/call").await;
        peer.send(reply(&call, text("in between"))).await;
        let second = peer.request("prompts/list").await;
        assert_eq!(second["params"]["cursor"], "");
        assert_eq!(second["params"]["_meta"]["com.example/k"], 1);
        peer.send(reply(&second, json!({"prompts": [], "nextCursor": ""}))).await;
        let third = peer.request("prompts/list").await;
        peer.send(reply(&third, json!({"prompts": [{"name": "c"}], "nextCursor": ""}))).await;
        peer.rest().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let mut prompts = client.list_prompts().meta("com.example/k", 1).into_stream();
    assert_eq!(soon(prompts.next()).await.unwrap().unwrap().name, "a");
    assert_eq!(soon(prompts.next()).await.unwrap().unwrap().name, "b");
    assert_eq!(client.call_tool("x", ()).await.unwrap().joined_text(), "in between");
    let error = soon(prompts.next()).await.unwrap().unwrap_err();
    assert!(error.is_invalid() && error.to_string().contains("twice"), "{error}");
    assert!(prompts.next().await.is_none());
}

#[tokio::test]
async fn prompts_resources_and_completions_are_typed_in_every_revision() {
    covers!("COMP-002", "COMP-004", "RES-009");
    let (_server, clients) = clients().await;
    for client in clients {
        let version = client.version();
        let review = client.get_prompt("review", json!({"language": "Rust"})).await.unwrap();
        assert_eq!(review.messages[0].role, Role::User);
        assert_eq!(review.messages[0].content.as_text(), Some("Review this Rust."));
        assert_eq!(client.get_prompt("greet", ()).await.unwrap().messages.len(), 1);
        let wrong = client.get_prompt("review", json!({"language": 7})).await.unwrap_err();
        assert_eq!(wrong.kind(), ErrorKind::Input, "{wrong}");
        assert!(client.get_prompt("none", ()).await.unwrap_err().rejection().is_some());

        let page = client.read_resource("note://pages/7").await.unwrap();
        assert_eq!(page.contents[0].uri(), "note://pages/7");
        for missing in ["note://pages/100", "note://none"] {
            let error = client.read_resource(missing).await.unwrap_err();
            assert!(error.is_not_found() && error.kind() == ErrorKind::Rejected, "{version}: {error}");
        }
        assert!(!client.call_tool("none", ()).await.unwrap_err().is_not_found(), "{version}");

        let review = CompletionReference::prompt("review");
        let found = client.complete(review, "language", "R").context("other", "x").await.unwrap();
        assert_eq!(found.values, ["Rust", "Ruby"], "{version}");
        let template = CompletionReference::resource("map://{city}");
        assert_eq!(client.complete(template, "city", "Osl").await.unwrap().values, ["Oslo"]);
        client.ping().await.unwrap();
    }
}

/// What a ping is differs, and that the server is there does not.
#[tokio::test]
async fn a_ping_is_what_the_revision_has_for_it() {
    covers!("PING-004");
    for (modern, method) in [(true, "server/discover"), (false, "ping")] {
        let play = move |mut peer: Peer| async move {
            let ping = peer.request(method).await;
            peer.send(reply(&ping, json!({}))).await;
            let ping = peer.request(method).await;
            peer.send(refusal(&ping, -32603, "not now", Value::Null)).await;
            peer.rest().await;
        };
        let script = if modern { Script::modern(play) } else { Script::legacy(play) };
        let client = McpClient::connect_in_process(&script).await.unwrap();
        soon(client.ping().into_future()).await.unwrap();
        assert!(soon(client.ping().into_future()).await.unwrap_err().rejection().is_some());
    }
}

#[tokio::test]
async fn a_caller_attaches_metadata_of_its_own_and_none_of_the_protocols() {
    covers!("META-008", "META-011");
    let (_server, clients) = clients().await;
    for client in clients {
        let call = || client.call_tool("attached", ());
        assert_eq!(call().await.unwrap().joined_text(), "nothing");
        let tenant = call().meta("com.example/tenant", "south").meta("com.example/tenant", json!({"name": "north"}));
        assert_eq!(tenant.await.unwrap().joined_text(), r#"{"name":"north"}"#);
        let with_progress = call().meta("com.example/tenant", 7).on_progress(drop);
        assert_eq!(with_progress.await.unwrap().joined_text(), "7");
        for key in ["progressToken", "io.modelcontextprotocol/logLevel", "com.mcp/x", "", "a b"] {
            let error = call().meta(key, 1).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Input, "{key}: {error}");
            assert_eq!(client.list_tools().meta(key, 1).await.unwrap_err().kind(), ErrorKind::Input, "{key}");
        }
        let traced = client
            .read_resource("note://0")
            .meta("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        traced.await.unwrap();
    }
}

/// The level that was set last counts: for the session, or for each request that follows.
#[tokio::test]
async fn the_level_of_log_messages_can_be_changed() {
    covers!("LOG-002");
    let (server, _) = clients().await;
    let listener = server.bind_http("127.0.0.1:0").await.unwrap();
    let url = listener.url();
    tokio::spawn(listener.serve());
    for version in [ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28] {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let builder = || {
            let hears = heard.clone();
            let hear = move |message: mcp_client::model::LogMessage| hears.lock().unwrap().push(message.level);
            McpClient::builder("agent", "1.0.0").version(version).on_log(LogLevel::Critical, hear)
        };
        for client in
            [builder().connect_in_process(&server).await.unwrap(), builder().connect_http(&url).await.unwrap()]
        {
            client.call_tool("chat", ()).await.unwrap();
            assert_eq!(*heard.lock().unwrap(), [] as [LogLevel; 0], "{version}");
            client.set_log_level(LogLevel::Info).await.unwrap();
            client.call_tool("chat", ()).await.unwrap();
            assert_eq!(std::mem::take(&mut *heard.lock().unwrap()), [LogLevel::Info, LogLevel::Error], "{version}");
            client.set_log_level(LogLevel::Error).await.unwrap();
            client.call_tool("chat", ()).await.unwrap();
            assert_eq!(std::mem::take(&mut *heard.lock().unwrap()), [LogLevel::Error], "{version}");
        }
        let deaf = McpClient::builder("agent", "1.0.0").version(version).connect_in_process(&server).await.unwrap();
        assert_eq!(deaf.set_log_level(LogLevel::Info).await.unwrap_err().kind(), ErrorKind::Input);
    }
}

/// Requests by the names of their methods: the protocol's own too, as far as a program may make them.
#[tokio::test]
async fn the_protocols_own_requests_are_made_by_name_too() {
    let (_server, clients) = clients().await;
    for client in clients {
        let version = client.version();
        let tools: Value = client.request("tools/list", ()).await.unwrap();
        assert_eq!(tools["tools"].as_array().unwrap().len(), 2, "{version}");
        let raw: RawJson = client.request("resources/read", json!({"uri": "note://0"})).await.unwrap();
        assert!(raw.as_str().contains("text 0"), "{raw:?}");
        let call = client.request::<CallToolResult>("tools/call", json!({"name": "third", "arguments": {}}));
        assert_eq!(call.await.unwrap().joined_text(), "third");
        let call = client.request::<CallToolResult>("tools/call", json!({"name": "third", "extra": 1}));
        assert_eq!(call.await.unwrap().joined_text(), "third");
        for (method, remedy) in [
            ("initialize", "`ping`"),
            ("server/discover", "`ping`"),
            ("subscriptions/listen", "`listen`"),
            ("notifications/initialized", "notification"),
            ("notifications/of/some/kind", "notification"),
            ("roots/list", "a server asks"),
        ] {
            let error = client.request::<Value>(method, ()).await.unwrap_err();
            assert!(error.kind() == ErrorKind::Input && error.to_string().contains(remedy), "{method}: {error}");
        }
        let ping = client.request::<Value>("ping", ()).await;
        match version {
            ProtocolVersion::V2026_07_28 => {
                assert_eq!(ping.unwrap_err().kind(), ErrorKind::Input, "it does not exist there, and is not sent");
            }
            _ => assert_eq!(ping.unwrap(), json!({})),
        }
    }
}
