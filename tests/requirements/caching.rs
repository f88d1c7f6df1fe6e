//! CACHE: how long and by whom an answer may be kept.

use std::time::Duration;

use mcp_server::{
    CacheHints, Error, Server, ServerResource,
    middleware::{Call, Next, Outcome, from_fn},
    model::CacheHint,
};
use mcp_tests::{
    clients, covers,
    messages::stateless,
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};

use crate::pagination::five_of_everything;

/// The answers that carry hints.
fn hinted() -> [(&'static str, Value); 6] {
    [
        ("server/discover", json!({})),
        ("tools/list", json!({})),
        ("prompts/list", json!({})),
        ("resources/list", json!({})),
        ("resources/templates/list", json!({})),
        ("resources/read", json!({"uri": "a://n1"})),
    ]
}

fn has_hints(result: &Value) -> bool {
    result["ttlMs"].is_u64() && ["public", "private"].contains(&result["cacheScope"].as_str().unwrap_or_default())
}

/// CACHE-001, CACHE-002, RES-020: what may be kept says for how long and by whom, and nothing else does.
#[tokio::test]
async fn what_may_be_kept_says_for_how_long_and_by_whom() {
    covers!("CACHE-001", "CACHE-002", "RES-020");
    for mut client in clients::each_revision(&five_of_everything()).await {
        if client.has_session() {
            for (method, params) in hinted().into_iter().skip(1) {
                let result = client.result(method, params).await;
                assert!(result.get("ttlMs").is_none() && result.get("cacheScope").is_none(), "{method}: {result}");
            }
            continue;
        }
        for (method, params) in hinted() {
            let result = client.result(method, params).await;
            assert!(has_hints(&result), "{method}: {result}");
        }
        for (method, params) in [("tools/call", json!({"name": "n1"})), ("prompts/get", json!({"name": "n1"}))] {
            let result = client.result(method, params).await;
            assert!(result.get("ttlMs").is_none() && result.get("cacheScope").is_none(), "{method}: {result}");
        }
    }
}

/// CACHE-004: all pages of one list have the same scope.
#[tokio::test]
async fn all_pages_of_a_list_have_one_scope() {
    covers!("CACHE-004");
    for mut client in
        clients::each_revision(&five_of_everything()).await.into_iter().filter(|client| !client.has_session())
    {
        for method in ["tools/list", "prompts/list", "resources/list", "resources/templates/list"] {
            let mut page = client.result(method, json!({})).await;
            let scope = page["cacheScope"].clone();
            let mut pages = 1;
            while let Some(cursor) = page.get("nextCursor") {
                page = client.result(method, json!({"cursor": cursor})).await;
                assert_eq!((&page["cacheScope"], has_hints(&page)), (&scope, true), "{method}: {page}");
                pages += 1;
            }
            assert_eq!(pages, 3, "{method}");
        }
    }
}

/// Lets in who has the word.
async fn guard(call: Call, next: Next) -> Result<Outcome, Error> {
    match call.metadata.headers().get("authorization").is_some_and(|word| word == "Bearer word") {
        true => next.run(call).await,
        false => Err(Error::invalid_params("say the word")),
    }
}

/// CACHE-005: what may be kept by all is still read by those only who may read it; and without a word about it nothing
/// is kept by anybody but who asked.
#[tokio::test]
async fn what_may_be_kept_by_all_is_still_guarded() {
    covers!("CACHE-005");
    let public = CacheHints::lists(CacheHint::public(Duration::from_secs(60)));
    let note = || ServerResource::text("note://1", "first", "words");
    let builder = || Server::builder("guarded", "1.0.0").layer(from_fn(guard));
    for (server, scope) in [
        (builder().resources([note().cache(public.resources)]).cache_hints(public).build(), "public"),
        (builder().resources([note()]).build(), "private"),
    ] {
        let mut connection = Connection::open(clients::serve(&server).await).await;
        for message in
            [stateless(1, "resources/list", json!({})), stateless(1, "resources/read", json!({"uri": "note://1"}))]
        {
            let mut headers = mirror(&message);
            // Those who may not ask before and after somebody who may.
            for word in ["Bearer other", "Bearer word", "Bearer other"] {
                headers.push(("Authorization".to_owned(), word.to_owned()));
                let answer = connection.post_with(&headers, &message).await;
                headers.pop();
                match word {
                    "Bearer word" => assert_eq!(answer.json()["result"]["cacheScope"], scope, "{}", answer.body),
                    _ => assert_eq!(answer.error_code(), -32602, "{}", answer.body),
                }
            }
        }
    }
}
