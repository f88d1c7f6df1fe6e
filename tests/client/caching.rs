//! What a client keeps of what a server says, as far as the server allows it.

use std::{
    future::IntoFuture as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mcp_client::{CacheStore, Changes, ClientBuilder, McpClient, MemoryStore, model::ReadResourceResult as Read};
use mcp_server::{
    CacheHints, Server, ServerResource, ServerTool,
    model::{CacheHint, ReadResourceResult, ResourceContents},
};
use mcp_tests::covers;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::soon;

const URI: &str = "test://counted";

/// How often its resource was read, and who holds the reading up.
#[derive(Default)]
struct Reads {
    count: AtomicUsize,
    gate: Notify,
    is_shut: std::sync::atomic::AtomicBool,
}

fn server(hint: CacheHint) -> (Server, Arc<Reads>) {
    let reads = Arc::new(Reads::default());
    let counting = reads.clone();
    let counted = ServerResource::new(URI, "counted", move || {
        let reads = counting.clone();
        async move {
            let count = reads.count.fetch_add(1, Ordering::SeqCst) + 1;
            if reads.is_shut.load(Ordering::SeqCst) {
                reads.gate.notified().await;
            }
            let text = ResourceContents::Text { uri: URI.into(), mime_type: None, text: count.to_string(), meta: None };
            ReadResourceResult::new(vec![text])
        }
    });
    let mut hints = CacheHints::lists(hint);
    hints.contents = hint;
    let touch = ServerTool::new("touch", |_: ()| async {});
    let builder = Server::builder("counting", "1.0.0").cache_hints(hints);
    (builder.resources([counted]).tools([touch]).build(), reads)
}

fn caching() -> ClientBuilder {
    McpClient::builder("caching", "1.0.0").cache(MemoryStore::new(1 << 20))
}

async fn read(client: &McpClient) -> String {
    let Read { contents, .. } = soon(client.read_resource(URI).into_future()).await.unwrap();
    match contents.as_slice() {
        [mcp_client::model::ResourceContents::Text { text, .. }] => text.clone(),
        other => panic!("{other:?}"),
    }
}

const HOUR: CacheHint = CacheHint::private(Duration::from_secs(3600));

#[tokio::test]
async fn a_fresh_answer_is_not_asked_for_again() {
    covers!("CACHE-009");
    let (server, reads) = server(HOUR);
    let client = caching().connect_in_process(&server).await.unwrap();
    assert_eq!((read(&client).await.as_str(), read(&client).await.as_str()), ("1", "1"));
    let names = |tools: Vec<mcp_client::model::Tool>| tools.into_iter().map(|tool| tool.name).collect::<Vec<_>>();
    assert_eq!(names(client.list_tools().await.unwrap()), ["touch"]);
    server.tools().insert(ServerTool::new("more", |_: ()| async {}));
    assert_eq!(names(client.list_tools().await.unwrap()), ["touch"]);
    client.forget_kept_answers();
    assert_eq!(names(client.list_tools().await.unwrap()), ["touch", "more"]);
    assert_eq!(read(&client).await, "2");
    assert_eq!(reads.count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn without_a_hint_or_a_cache_every_question_is_asked() {
    covers!("CACHE-009", "CACHE-014");
    let (server, _) = server(CacheHint::default());
    let client = caching().connect_in_process(&server).await.unwrap();
    assert_eq!((read(&client).await.as_str(), read(&client).await.as_str()), ("1", "2"));
    let (server, _) = self::server(HOUR);
    let client = McpClient::connect_in_process(&server).await.unwrap();
    assert_eq!((read(&client).await.as_str(), read(&client).await.as_str()), ("1", "2"));
    // Revisions with sessions have no hints.
    let older = caching().version(mcp_client::ProtocolVersion::V2025_11_25);
    let client = older.connect_in_process(&server).await.unwrap();
    assert_eq!((read(&client).await.as_str(), read(&client).await.as_str()), ("3", "4"));
}

#[tokio::test]
async fn a_change_that_is_heard_makes_what_is_kept_stale() {
    covers!("CACHE-012");
    let (server, _) = server(HOUR);
    let client = caching().connect_in_process(&server).await.unwrap();
    let mut changes = client.listen(Changes::none().tools().resource(URI)).await.unwrap();
    assert_eq!((read(&client).await.as_str(), read(&client).await.as_str()), ("1", "1"));
    server.notify_resource_updated(URI);
    assert!(soon(changes.next()).await.is_some());
    assert_eq!((read(&client).await.as_str(), read(&client).await.as_str()), ("2", "2"));
    assert_eq!(client.list_tools().await.unwrap().len(), 1);
    server.tools().insert(ServerTool::new("more", |_: ()| async {}));
    assert!(soon(changes.next()).await.is_some());
    assert_eq!(client.list_tools().await.unwrap().len(), 2);
    assert_eq!(read(&client).await, "2");
}

#[tokio::test]
async fn who_asks_the_same_at_the_same_time_waits_for_one_answer() {
    let (server, reads) = server(HOUR);
    let client = caching().connect_in_process(&server).await.unwrap();
    reads.is_shut.store(true, Ordering::SeqCst);
    let asking: Vec<_> = (0..20)
        .map(|_| {
            tokio::spawn({
                let client = client.clone();
                async move { read(&client).await }
            })
        })
        .collect();
    soon(async {
        while reads.count.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    reads.gate.notify_one();
    for asked in asking {
        assert_eq!(soon(asked).await.unwrap(), "1");
    }
}

#[tokio::test]
async fn who_gave_up_leaves_the_question_to_the_next() {
    let (server, reads) = server(HOUR);
    let client = caching().connect_in_process(&server).await.unwrap();
    reads.is_shut.store(true, Ordering::SeqCst);
    let first = tokio::spawn({
        let client = client.clone();
        async move { read(&client).await }
    });
    soon(async {
        while reads.count.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let second = tokio::spawn({
        let client = client.clone();
        async move { read(&client).await }
    });
    tokio::task::yield_now().await;
    first.abort();
    reads.is_shut.store(false, Ordering::SeqCst);
    assert_eq!(soon(second).await.unwrap(), "2");
}

#[tokio::test]
async fn what_is_for_anybody_is_shared_and_what_is_private_is_not() {
    covers!("CACHE-008");
    let hour = Duration::from_secs(3600);
    for (hint, expected) in [(CacheHint::public(hour), ["1", "1", "1"]), (CacheHint::private(hour), ["1", "1", "2"])] {
        let (server, _) = server(hint);
        let store: Arc<dyn CacheStore> = Arc::new(MemoryStore::new(1 << 20));
        let mut seen = Vec::new();
        for user in ["ada", "ada", "bob"] {
            let builder = McpClient::builder("caching", "1.0.0").shared_cache(store.clone(), "counting", user);
            seen.push(read(&builder.connect_in_process(&server).await.unwrap()).await);
        }
        assert_eq!(seen, expected);
    }
}

/// A question that says more than its parameters is another one.
#[tokio::test]
async fn a_question_with_words_of_its_own_is_always_asked() {
    covers!("CACHE-006");
    let (server, reads) = server(HOUR);
    let client = caching().connect_in_process(&server).await.unwrap();
    read(&client).await;
    client.read_resource(URI).meta("com.example/tenant", json!("b")).await.unwrap();
    assert_eq!(reads.count.load(Ordering::SeqCst), 2);
    assert_eq!(read(&client).await, "1");
}
