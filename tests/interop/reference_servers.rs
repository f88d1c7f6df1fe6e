//! The reference servers of the official project, as servers of our client.

use mcp_client::{
    Change, Changes, FormAnswer, McpClient,
    model::{CompletionReference, Content, CreateMessageResult, ResourceContents, Root},
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    case::{Case, Checked, Context, Transport, ensure, expect},
    peer::{PATIENCE, Peer},
    peers::{free_port, here, package, started},
};

const EVERYTHING: &str = "@modelcontextprotocol/server-everything/dist/index.js";
const FILESYSTEM: &str = "@modelcontextprotocol/server-filesystem/dist/index.js";
const MEMORY: &str = "@modelcontextprotocol/server-memory/dist/index.js";
/// The resource of what is remembered.
const GRAPH: &str = "memory://knowledge-graph";

pub(crate) fn cases() -> Vec<Case> {
    let everything =
        |transport| Case::new("client", "server-everything", transport, "2025-11-25", with_everything(transport));
    let mut cases: Vec<Case> = Transport::BOTH.map(everything).into();
    cases.push(Case::new("client", "server-filesystem", Transport::Stdio, "2025-11-25", with_filesystem()));
    cases.push(Case::new("client", "server-memory", Transport::Stdio, "2025-11-25", with_memory()));
    cases
}

/// The reference server with a bit of everything.
async fn with_everything(transport: Transport) -> Checked {
    let mut server = package(EVERYTHING)?;
    let peer = match transport {
        Transport::Stdio => Peer::Stdio(server),
        Transport::Http => {
            let port = free_port()?;
            server.arg("streamableHttp").env("PORT", port.to_string());
            let (server, _) = started(server, "listening on").await?;
            Peer::Http { url: format!("http://127.0.0.1:{port}/mcp"), _server: server }
        }
    };
    let roots = [Root::new("file:///home/ada/project")];
    let builder = McpClient::builder("interop", "1.0.0")
        .on_elicit(async |_| FormAnswer::accept(json!({"name": "Ada Lovelace"})))
        .on_sample(async |_| Ok(CreateMessageResult::new("a-model", ["a sampled line"])))
        .roots(roots);
    let talk = async |client: McpClient| {
        expect("the revision", &client.version().to_string().as_str(), &"2025-11-25")?;
        tools_of_everything(&client).await?;
        texts_of_everything(&client).await?;
        questions_of_everything(&client).await
    };
    peer.meet(builder, talk).await
}

async fn tools_of_everything(client: &McpClient) -> Checked {
    let sum = client.call_tool("get-sum", json!({"a": 2, "b": 3})).await.at("get-sum")?.joined_text();
    ensure(format!("get-sum: {sum}"), sum.contains('5'))?;
    let image = client.call_tool("get-tiny-image", ()).await.at("get-tiny-image")?;
    ensure("get-tiny-image", image.content.iter().any(|block| matches!(block, Content::Image(_))))?;
    let links = client.call_tool("get-resource-links", json!({"count": 2})).await.at("get-resource-links")?;
    let is_link = |block: &&Content| matches!(block, Content::ResourceLink(_));
    expect("get-resource-links", &links.content.iter().filter(is_link).count(), &2)?;
    let weather = client.call_tool("get-structured-content", json!({"location": "New York"})).await;
    let weather: Value = weather.at("get-structured-content")?.parse().at("get-structured-content")?;
    ensure(format!("get-structured-content: {weather}"), weather["temperature"].is_number())?;
    let slow = client.call_tool("trigger-long-running-operation", json!({"duration": 0.2, "steps": 2}));
    let slow = slow.await.at("a long running operation")?.joined_text();
    ensure(format!("a long running operation: {slow}"), slow.contains("completed"))
}

/// Its prompts, of which one completes an argument by another, its resources, and their changes.
async fn texts_of_everything(client: &McpClient) -> Checked {
    let prompts = client.list_prompts().await.at("prompts/list")?;
    ensure(format!("prompts: {prompts:?}"), prompts.iter().any(|prompt| prompt.name == "args-prompt"))?;
    let weather = client.get_prompt("args-prompt", json!({"city": "Oslo"})).await.at("prompts/get")?;
    let text = weather.messages.first().and_then(|message| message.content.as_text());
    expect("args-prompt", &text, &Some("What's weather in Oslo?"))?;
    let names = client.complete(CompletionReference::prompt("completable-prompt"), "name", "D");
    let names = names.context("department", "Sales").await.at("completion")?;
    expect("the completions", &names.values, &vec!["David".to_owned()])?;
    let resources = client.list_resources().await.at("resources/list")?;
    ensure("there are no resources", !resources.is_empty())?;
    let templates = client.list_resource_templates().await.at("resources/templates/list")?;
    ensure(format!("templates: {templates:?}"), templates.iter().any(|known| known.uri_template.contains("/blob/")))?;
    let bytes = client.read_resource("demo://resource/dynamic/blob/1").await.at("resources/read")?;
    ensure(format!("bytes: {bytes:?}"), matches!(bytes.contents[..], [ResourceContents::Blob { .. }]))?;
    let uri = "demo://resource/dynamic/text/1";
    let mut changes = client.listen(Changes::none().resource(uri)).await.at("listen")?;
    client.call_tool("toggle-subscriber-updates", ()).await.at("toggle-subscriber-updates")?;
    let news = timeout(PATIENCE, changes.next()).await.at("no news of the resource")?;
    expect("the news", &news, &Some(Change::Resource(uri.to_owned())))
}

/// What it asks in the middle of calls: a form with all kinds of fields, a model, the roots.
async fn questions_of_everything(client: &McpClient) -> Checked {
    let form = client.call_tool("trigger-elicitation-request", ()).await.at("trigger-elicitation-request")?;
    let form = form.joined_text();
    ensure(
        format!("trigger-elicitation-request: {form}"),
        form.contains("Ada Lovelace") && form.contains("dark and stormy"),
    )?;
    let sampled = client.call_tool("trigger-sampling-request", json!({"prompt": "a line", "maxTokens": 10})).await;
    let sampled = sampled.at("trigger-sampling-request")?.joined_text();
    ensure(format!("trigger-sampling-request: {sampled}"), sampled.contains("a sampled line"))?;
    let roots = client.call_tool("get-roots-list", ()).await.at("get-roots-list")?.joined_text();
    ensure(format!("get-roots-list: {roots}"), roots.contains("file:///home/ada/project"))
}

/// The reference server of a folder.
async fn with_filesystem() -> Checked {
    let folder = here().join("peers").display().to_string();
    let mut server = package(FILESYSTEM)?;
    server.arg(&folder);
    let talk = async |client: McpClient| {
        expect("the revision", &client.version().to_string().as_str(), &"2025-11-25")?;
        let listed = client.call_tool("list_directory", json!({"path": folder})).await.at("list_directory")?;
        ensure(format!("list_directory: {listed:?}"), listed.joined_text().contains("server.mjs"))?;
        let path = format!("{folder}/server.mjs");
        let text = client.call_tool("read_text_file", json!({"path": path})).await.at("read_text_file")?;
        ensure("read_text_file", text.joined_text() == std::fs::read_to_string(path).at("server.mjs")?)?;
        let outside = client.call_tool("read_text_file", json!({"path": "/etc/hostname"})).await.at("outside")?;
        ensure("a file outside of the folder was read", outside.is_error)
    };
    Peer::Stdio(server).meet(McpClient::builder("interop", "1.0.0"), talk).await
}

/// The reference server that remembers, in a file.
async fn with_memory() -> Checked {
    let folder = tempfile::tempdir().at("a directory")?;
    let file = folder.path().join("memory.jsonl");
    let mut server = package(MEMORY)?;
    server.env("MEMORY_FILE_PATH", &file);
    let talk = async |client: McpClient| {
        expect("the revision", &client.version().to_string().as_str(), &"2025-11-25")?;
        let mut changes = client.listen(Changes::none().resource(GRAPH)).await.at("listen")?;
        expect("what it agrees to tell of", &changes.agreed().uris(), &&[GRAPH.to_owned()][..])?;
        let ada = json!({"name": "Ada", "entityType": "person", "observations": ["likes crabs \u{1f980}"]});
        let made = client.call_tool("create_entities", json!({"entities": [ada]})).await.at("create_entities")?;
        expect("what was made", &made.parse::<Value>().at("create_entities")?, &json!({"entities": [ada]}))?;
        let news = timeout(PATIENCE, changes.next()).await.at("no news of the graph")?;
        expect("the news", &news, &Some(Change::Resource(GRAPH.to_owned())))?;
        let found = client.call_tool("search_nodes", json!({"query": "crab"})).await.at("search_nodes")?;
        let found: Value = found.parse().at("search_nodes")?;
        expect("what was found", &found, &json!({"entities": [ada], "relations": []}))?;
        let graph = client.read_resource(GRAPH).await.at("resources/read")?;
        let [ResourceContents::Text { text, .. }] = &graph.contents[..] else { return Err(format!("{graph:?}")) };
        ensure(format!("the graph: {text}"), text.contains("likes crabs \u{1f980}"))
    };
    Peer::Stdio(server).meet(McpClient::builder("interop", "1.0.0"), talk).await?;
    let kept = std::fs::read_to_string(&file).at("its file")?;
    ensure(format!("what it kept: {kept}"), kept.contains("likes crabs"))
}
