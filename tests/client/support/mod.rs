//! Scripted peers, and the answers that most scripts need.

pub(crate) mod child;
pub(crate) mod http;
pub(crate) mod pipe;

use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const MODERN: &str = "2026-07-28";
pub(crate) const LEGACY: &str = "2025-11-25";

/// Everything in these tests happens soon, or the test has failed.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(20), future).await {
        Ok(value) => value,
        Err(_) => panic!("nothing happened for 20 s"),
    }
}

pub(crate) fn reply(request: &Value, result: Value) -> Value {
    let mut message = json!({"jsonrpc": "2.0", "id": request["id"]});
    message["result"] = result;
    message
}

pub(crate) fn refusal(request: &Value, code: i64, message: &str, data: Value) -> Value {
    let mut error = json!({"code": code, "message": message});
    if !data.is_null() {
        error["data"] = data;
    }
    json!({"jsonrpc": "2.0", "id": request["id"], "error": error})
}

pub(crate) fn discovered(versions: &[&str]) -> Value {
    json!({
        "resultType": "complete", "supportedVersions": versions, "capabilities": {"tools": {"listChanged": true}},
        "instructions": "be kind", "ttlMs": 0, "cacheScope": "private",
        "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "scripted", "version": "7"}},
    })
}

pub(crate) fn initialized(version: &str) -> Value {
    json!({
        "protocolVersion": version, "capabilities": {"tools": {"listChanged": true}, "resources": {"subscribe": true}},
        "serverInfo": {"name": "scripted", "version": "7"}, "instructions": "be kind",
    })
}

pub(crate) fn text(text: &str) -> Value {
    json!({"resultType": "complete", "content": [{"type": "text", "text": text}]})
}

pub(crate) fn notification(method: &str, params: Value) -> Value {
    let mut message = json!({"jsonrpc": "2.0", "method": method});
    message["params"] = params;
    message
}

/// A change on the subscription that a listen request opened.
pub(crate) fn on_subscription(request: &Value, method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({"io.modelcontextprotocol/subscriptionId": request["id"]});
    notification(method, params)
}

pub(crate) fn acknowledged(request: &Value) -> Value {
    let agreed = json!({"notifications": request["params"]["notifications"]});
    on_subscription(request, "notifications/subscriptions/acknowledged", agreed)
}
