//! Tools with structured results. Their output schemas are written, so that they are exactly what is promised.

use mcp_server::{Json, RawJson, Schema, ServerTool, ToolError, model::CallToolResult, tool};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

pub(super) fn all() -> Vec<ServerTool> {
    let sum_schema = json!({"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]});
    vec![
        with_output(sum::tool(), sum_schema.clone()),
        with_output(bad_output::tool(), sum_schema),
        with_output(null_out::tool(), json!({"type": "null"})),
        with_output(arr_out::tool(), json!({"type": "array", "items": {"type": "integer"}})),
    ]
}

fn with_output(tool: ServerTool, schema: Value) -> ServerTool {
    tool.output_schema(Schema::try_from(schema).expect("a schema written as an object"))
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

/// Adds two numbers.
#[tool(read_only)]
async fn sum(a: i64, b: i64) -> Result<Json<Sum>, ToolError> {
    let sum = a.checked_add(b).ok_or_else(|| ToolError::new("the sum is too large"))?;
    Ok(Json(Sum { sum }))
}

/// Promises a sum and returns something else.
#[tool(read_only)]
async fn bad_output() -> Result<CallToolResult, ToolError> {
    let mut result = CallToolResult::text("no number");
    result.structured_content = Some(RawJson::from_value(&json!({"sum": "no number"}))?);
    Ok(result)
}

/// Returns null, which is a value.
#[tool(read_only)]
async fn null_out() -> Json<()> {
    Json(())
}

/// Returns a list.
#[tool(read_only)]
async fn arr_out() -> Json<[i64; 2]> {
    Json([1, 2])
}
