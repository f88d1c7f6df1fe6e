//! The server of notes as its users run it: over both transports, by clients of both eras.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use mcp_client::{Change, Changes, McpClient, ProtocolVersion, Subscription};
use mcp_notes::{
    reading::Found,
    store::{Note, Store},
};
use mcp_server::{
    Server,
    model::ResourceContents,
    testing::{self, TestClient},
};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

const DEADLINE: Duration = Duration::from_secs(60);
const TOKEN: &str = "a-long-secret";
const ERAS: [ProtocolVersion; 2] = [ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28];

/// A directory with nothing in it, and where the notes of a test are to be.
fn file() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("notes.db");
    (directory, file)
}

/// The program, listening on a free port; it ends when dropped.
async fn listening(file: &Path) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-notes"));
    command.arg(file).arg("127.0.0.1:0").env("NOTES_TOKEN", TOKEN).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let line = timeout(DEADLINE, lines.next_line()).await.expect("in time").expect("readable").expect("a line");
    (child, line.strip_prefix("listening on ").expect("where it listens").to_owned())
}

/// Waits until a change is told; others may be told before.
async fn heard(changes: &mut Subscription, change: Change) {
    while changes.next().await.expect("changes go on") != change {}
}

/// What anybody does with notes, step by step.
async fn work(client: &McpClient, file: &Path) {
    let add = |title: &str| json!({"title": title, "text": "milk, bread", "tag": "errands"});
    let note: Note = client.call_tool("add", add("Shopping")).await.expect("added").parse().expect("a note");
    let uri = format!("note://{}", note.id);

    let mut changes =
        client.listen(Changes::none().resources().resource(&uri)).await.expect("changes can be listened to");
    client.call_tool("edit", json!({"id": note.id, "text": "oat milk"})).await.expect("edited");
    heard(&mut changes, Change::Resource(uri.clone())).await;

    let found: Found = client.call_tool("find", json!({"text": "OAT"})).await.expect("found").parse().expect("notes");
    assert_eq!(found.notes, [Note { text: "oat milk".to_owned(), ..note.clone() }]);

    offers(&mcp_notes::server(Store::open(file).expect("the table")), client.version(), &uri).await;

    client.call_tool("remove", json!({"id": note.id})).await.expect("removed");
    heard(&mut changes, Change::Resources).await;
    let error = client.call_tool("remove", json!({"id": note.id})).await.expect("an answer").parse::<String>();
    assert!(error.expect_err("there is none").to_string().contains("there is no note"));
}

/// What else a server of this table offers: the note as a resource, its tag as a completion, a prompt about both.
async fn offers(server: &Server, revision: ProtocolVersion, uri: &str) {
    let client = TestClient::new(server).revision(revision);
    let listed = client.list_resources().await.expect("a list");
    assert_eq!((&*listed[0].uri, &*listed[0].name, listed.len()), (uri, "Shopping", 1));
    let read = client.read(uri).await.expect("contents");
    assert!(matches!(&read.contents[0], ResourceContents::Text { text, .. } if text == "oat milk"), "{read:?}");
    let tags = client.complete_prompt("summarize", "tag", "err");
    assert_eq!(tags.await.expect("a completion").values, ["errands"]);
    let prompt = client.get_prompt("summarize", json!({"tag": "errands"})).await.expect("a prompt");
    let prompt = serde_json::to_string(&prompt.messages).expect("JSON");
    assert!(prompt.contains("# Shopping") && prompt.contains("oat milk"), "{prompt}");
}

#[tokio::test]
async fn notes_are_kept_over_the_standard_streams_in_both_eras() {
    let (_directory, file) = file();
    for era in ERAS {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-notes"));
        command.arg(&file);
        let client = McpClient::builder("test", "1.0.0").version(era).connect_stdio(command).await.expect("connected");
        timeout(DEADLINE, work(&client, &file)).await.expect("in time");
        client.close().await;
    }
}

#[tokio::test]
async fn notes_are_kept_over_http_in_both_eras() {
    let (_directory, file) = file();
    let (_server, url) = listening(&file).await;
    for era in ERAS {
        let client =
            McpClient::builder("test", "1.0.0").version(era).header("authorization", format!("Bearer {TOKEN}"));
        let client = client.connect_http(&url).await.expect("connected");
        timeout(DEADLINE, work(&client, &file)).await.expect("in time");
        client.close().await;
    }
}

#[tokio::test]
async fn many_notes_are_listed_page_by_page() {
    let (_directory, file) = file();
    let store = Store::open(&file).expect("a table");
    for number in 1..=120 {
        store.add(format!("note {number}"), String::new(), "many".to_owned()).await.expect("added");
    }
    let listed = testing::list_resources(&mcp_notes::server(store)).await.expect("a list");
    assert_eq!(listed.len(), 120);
    assert_eq!((&*listed[0].name, &*listed[119].name), ("note 1", "note 120"));
}

#[tokio::test]
async fn only_who_has_the_token_comes_in_and_anybody_sees_that_it_is_well() {
    let (_directory, file) = file();
    let (_server, url) = listening(&file).await;
    let client = reqwest::Client::new();
    let health = client.get(url.replace("/mcp", "/health")).send().await.expect("an answer");
    assert_eq!(health.text().await.expect("a text"), "well");
    for token in [None, Some("Bearer a-wrong-secret"), Some("Bearer ")] {
        let mut request = client.post(&url).body("{}");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let refused = request.send().await.expect("an answer");
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["www-authenticate"]),
            (401, &"Bearer".parse().unwrap())
        );
    }
    let preflight = client
        .request(reqwest::Method::OPTIONS, &url)
        .header("origin", "http://localhost:6274")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,mcp-protocol-version");
    let preflight = preflight.send().await.expect("an answer");
    assert!(preflight.status().is_success());
    assert_eq!(preflight.headers()["access-control-allow-origin"], "http://localhost:6274");
}
