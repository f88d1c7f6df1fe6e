//! How long lists and what is read may be kept, and by whom.

use std::time::Duration;

use mcp_server::{
    CacheHints, Limits, Server, ServerPrompt, ServerResource,
    model::{CacheHint, ReadResourceResult, ResourceContents},
    resource, resources, tools,
};
use serde_json::{Value, json};

use mcp_tests::clients;

/// The same for everybody.
#[resource("shop://motto", cache = CacheHint::public(Duration::from_secs(60)))]
fn motto() -> &'static str {
    "Everything must go"
}

/// Its handler knows better than its definition.
#[resource("shop://offer/{day}", cache = CacheHint::public(Duration::from_secs(60)))]
fn offer(day: u8) -> ReadResourceResult {
    let text = ResourceContents::Text { uri: "shop://offer".into(), mime_type: None, text: "x".into(), meta: None };
    let result = ReadResourceResult::new(vec![text]);
    if day == 1 { result.with_cache(CacheHint::private(Duration::from_millis(1500))) } else { result }
}

#[mcp_server::tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

const METHODS: [&str; 5] =
    ["server/discover", "tools/list", "prompts/list", "resources/list", "resources/templates/list"];

fn shop(configure: impl FnOnce(mcp_server::ServerBuilder) -> mcp_server::ServerBuilder) -> Server {
    let mut limits = Limits::default();
    limits.page_size = Some(1);
    let builder = Server::builder("shop", "1.0.0").limits(limits).tools(tools![add]);
    let builder = builder.prompts([ServerPrompt::new("a", |_: ()| async { "a" })]);
    let plain = [ServerResource::text("shop://plain", "plain", "plain")];
    configure(builder.resources(resources![motto, offer]).resources(plain)).build()
}

fn hint(result: &Value) -> (Value, Value) {
    (result["ttlMs"].clone(), result["cacheScope"].clone())
}

async fn read(client: &mut clients::Client, uri: &str) -> (Value, Value) {
    hint(&client.result("resources/read", json!({"uri": uri})).await)
}

/// CACHE-001, CACHE-002: hints are always there, and by default allow no reuse.
#[tokio::test]
async fn without_a_word_nothing_is_kept() {
    mcp_tests::covers!("CACHE-001", "CACHE-002");
    for mut client in clients::all(&shop(|builder| builder)).await {
        if client.has_session() {
            // Revisions with sessions have no such hints.
            let result = client.result("tools/list", json!({})).await;
            assert_eq!(hint(&result), (Value::Null, Value::Null));
            continue;
        }
        for method in METHODS {
            let result = client.result(method, json!({})).await;
            assert_eq!(hint(&result), (json!(0), json!("private")), "{method}");
        }
        assert_eq!(read(&mut client, "shop://plain").await, (json!(0), json!("private")));
    }
}

/// CACHE-001, CACHE-004: every page of a list says the same; each list may say something else.
#[tokio::test]
async fn lists_and_discovery_say_what_the_builder_said() {
    mcp_tests::covers!("CACHE-001", "CACHE-004");
    let mut hints = CacheHints::lists(CacheHint::public(Duration::from_secs(300)));
    hints.prompts = CacheHint::private(Duration::MAX);
    hints.contents = CacheHint::private(Duration::from_secs(5));
    let server = shop(|builder| builder.cache_hints(hints));
    for mut client in clients::all(&server).await.into_iter().filter(|client| !client.has_session()) {
        for method in METHODS {
            let expected = match method {
                "prompts/list" => (json!((1_u64 << 53) - 1), json!("private")),
                _ => (json!(300_000), json!("public")),
            };
            assert_eq!(hint(&client.result(method, json!({})).await), expected, "{method}");
        }
        let first = client.result("resources/list", json!({})).await;
        let second = client.result("resources/list", json!({"cursor": first["nextCursor"]})).await;
        assert_ne!(first["resources"], second["resources"]);
        assert_eq!(hint(&first), hint(&second));
        assert_eq!(read(&mut client, "shop://plain").await, (json!(5000), json!("private")));
    }
}

/// CACHE-001: the handler has the last word, then the resource, then the server.
#[tokio::test]
async fn a_resource_says_for_itself_how_long_it_lasts() {
    mcp_tests::covers!("CACHE-001");
    for mut client in clients::all(&shop(|builder| builder)).await.into_iter().filter(|client| !client.has_session()) {
        assert_eq!(read(&mut client, "shop://motto").await, (json!(60_000), json!("public")));
        assert_eq!(read(&mut client, "shop://offer/1").await, (json!(1500), json!("private")));
        assert_eq!(read(&mut client, "shop://offer/2").await, (json!(60_000), json!("public")));
    }
}
