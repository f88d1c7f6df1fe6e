//! From JSON text into the handler's type.

use mcp_core::{json::RawJson, model::Tool};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{CallFailure, argument_problems::explain};

/// Compiles for the types that a parameter of a `#[tool]` may have, and says what is missing for others.
pub fn is_argument<T: Argument>() {}

#[diagnostic::on_unimplemented(
    message = "a tool cannot take `{Self}` as an argument",
    label = "no argument of a tool",
    note = "derive `serde::Deserialize` and `schemars::JsonSchema` for it, and for the types inside it"
)]
pub trait Argument {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> Argument for T {}

/// As [`is_argument`], for a parameter of a `#[prompt]`.
pub fn is_prompt_argument<T: PromptArgument>() {}

#[diagnostic::on_unimplemented(
    message = "a prompt cannot take `{Self}` as an argument",
    label = "no argument of a prompt",
    note = "values are strings: take `String`, a number, `bool`, an enum that is `serde::Deserialize` and `schemars::JsonSchema`, or an `Option` of one of these"
)]
pub trait PromptArgument {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> PromptArgument for T {}

/// Decodes arguments in one pass; only what does not fit is looked at again.
pub(super) fn decode<A: DeserializeOwned>(tool: &Tool, arguments: &RawJson) -> Result<A, CallFailure> {
    let error = match serde_json::from_str(arguments.as_str()) {
        Ok(decoded) => return Ok(decoded),
        Err(error) => error,
    };
    let members: Map<String, Value> = arguments.parse().unwrap_or_default();
    let mut whole = Value::Object(members);
    if write_integers_as_such(&mut whole, tool.input_schema.as_map())
        && let Ok(decoded) = A::deserialize(&whole)
    {
        return Ok(decoded);
    }
    Err(CallFailure::Arguments(explain(tool, arguments.as_str(), &whole, &error)))
}

/// Writes `1.0` as `1` where the schema says integer: to JSON Schema both are integers, to serde only one is.
/// Says whether anything changed.
fn write_integers_as_such(value: &mut Value, schema: &Map<String, Value>) -> bool {
    match value {
        Value::Number(number) => {
            // Beyond 2^53 a float does not tell which integer was meant.
            const EXACT: f64 = 9_007_199_254_740_992.0;
            let Some(float) = number.as_f64().filter(|_| number.is_f64() && says_integer(schema)) else {
                return false;
            };
            let fits = float.fract() == 0.0 && float.abs() <= EXACT;
            if fits {
                *value = Value::from(float as i64);
            }
            fits
        }
        Value::Object(members) => {
            let Some(Value::Object(properties)) = schema.get("properties") else { return false };
            let mut changed = false;
            for (name, member) in members {
                if let Some(Value::Object(schema)) = properties.get(name) {
                    changed |= write_integers_as_such(member, schema);
                }
            }
            changed
        }
        Value::Array(items) => {
            let Some(Value::Object(schema)) = schema.get("items") else { return false };
            items.iter_mut().fold(false, |changed, item| write_integers_as_such(item, schema) | changed)
        }
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

fn says_integer(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == "integer",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "integer"),
        _ => false,
    }
}
