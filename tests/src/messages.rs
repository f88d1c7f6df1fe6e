//! Messages as a client of each revision would write them.

#![expect(clippy::needless_pass_by_value, reason = "tests write `json!` in the argument")]

use serde_json::{Value, json};

/// The newest revision, in which every request stands alone.
pub const STATELESS: &str = "2026-07-28";
/// The revisions with a handshake.
pub const WITH_SESSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

/// The `_meta` of a request that stands alone.
pub fn envelope() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1.0.0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

/// A request without an envelope: part of a session.
pub fn request(id: impl Into<Value>, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": method, "params": params})
}

/// A request that stands alone.
pub fn stateless(id: impl Into<Value>, method: &str, params: Value) -> Value {
    let mut params = params;
    let mut meta = envelope();
    if let Some(own) = params.get("_meta").and_then(Value::as_object) {
        meta.as_object_mut().unwrap().extend(own.clone());
    }
    params["_meta"] = meta;
    request(id, method, params)
}

/// The parameters of a call.
pub fn call(tool: &str, arguments: Value) -> Value {
    json!({"name": tool, "arguments": arguments})
}

/// The parameters of a call that wants progress.
pub fn call_with_progress(tool: &str, arguments: Value, token: impl Into<Value>) -> Value {
    json!({"name": tool, "arguments": arguments, "_meta": {"progressToken": token.into()}})
}

/// The handshake that asks for a revision.
pub fn initialize(version: &str) -> Value {
    let client = json!({"name": "test", "version": "1.0.0"});
    request(0, "initialize", json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client}))
}

/// The client is ready.
pub fn initialized() -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/initialized"})
}

/// The client cancels a request.
pub fn cancelled(id: impl Into<Value>) -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id.into(), "reason": "test"}})
}

/// The one text of a tool's result.
pub fn text_of(response: &Value) -> &str {
    let text = response["result"]["content"][0]["text"].as_str();
    text.unwrap_or_else(|| panic!("no text in {response}"))
}
