//! CACHE: how long and by whom an answer may be kept.

use mcp_tests::{covers, ways};
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
    for mut way in ways::each_revision(&five_of_everything()).await {
        if way.has_session() {
            for (method, params) in hinted().into_iter().skip(1) {
                let result = way.result(method, params).await;
                assert!(result.get("ttlMs").is_none() && result.get("cacheScope").is_none(), "{method}: {result}");
            }
            continue;
        }
        for (method, params) in hinted() {
            let result = way.result(method, params).await;
            assert!(has_hints(&result), "{method}: {result}");
        }
        for (method, params) in [("tools/call", json!({"name": "n1"})), ("prompts/get", json!({"name": "n1"}))] {
            let result = way.result(method, params).await;
            assert!(result.get("ttlMs").is_none() && result.get("cacheScope").is_none(), "{method}: {result}");
        }
    }
}

/// CACHE-004: all pages of one list have the same scope.
#[tokio::test]
async fn all_pages_of_a_list_have_one_scope() {
    covers!("CACHE-004");
    for mut way in ways::each_revision(&five_of_everything()).await.into_iter().filter(|way| !way.has_session()) {
        for method in ["tools/list", "prompts/list", "resources/list", "resources/templates/list"] {
            let mut page = way.result(method, json!({})).await;
            let scope = page["cacheScope"].clone();
            let mut pages = 1;
            while let Some(cursor) = page.get("nextCursor") {
                page = way.result(method, json!({"cursor": cursor})).await;
                assert_eq!((&page["cacheScope"], has_hints(&page)), (&scope, true), "{method}: {page}");
                pages += 1;
            }
            assert_eq!(pages, 3, "{method}");
        }
    }
}
