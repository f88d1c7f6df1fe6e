//! Tools whose schemas are unusual: of an older draft, of no known dialect, and one that refers to another host.

use mcp_server::{Context, Schema, ServerTool};
use serde_json::{Value, json};

pub(crate) fn odd_schemas() -> Vec<ServerTool> {
    let draft7 = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
    });
    let unknown_dialect = json!({
        "$schema": "https://example.com/unknown",
        "type": "object",
        "properties": {"x": {"type": "string"}},
    });
    let ext_ref = json!({"type": "object", "properties": {"x": {"$ref": "https://example.com/x.json"}}});
    vec![
        odd("draft7", draft7).description("Takes an integer."),
        odd("unknown_dialect", unknown_dialect).description("Never runs."),
        odd("ext_ref", ext_ref).description("Never runs."),
    ]
}

/// A tool under that schema; one that refuses its calls if the schema cannot be used.
fn odd(name: &str, schema: Value) -> ServerTool {
    let schema = Schema::try_from(schema).expect("a schema written as an object");
    ServerTool::try_from_schema(name, schema.clone(), |_: Value, _: Context| async { "ok" })
        .unwrap_or_else(|invalid| ServerTool::refusing(name, schema, &invalid))
}
