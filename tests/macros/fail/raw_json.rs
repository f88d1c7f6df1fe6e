use mcp_server::{RawJson, tool};
use serde_json::Value;

#[tool]
fn takes(arguments: RawJson) {
    drop(arguments);
}

#[tool]
fn returns() -> Value {
    Value::Null
}

#[tool]
fn returns_raw() -> RawJson {
    RawJson::EMPTY_OBJECT
}

fn main() {}
