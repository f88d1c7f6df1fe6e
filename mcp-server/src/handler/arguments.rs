//! From JSON text into the handler's type.

use mcp_core::json::RawJson;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    CallFailure,
    argument_problems::{MOST, explain, seen_at_once},
    definition::Definition,
    integers::write_integers_as_such,
    schema::Implied,
};

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

/// Decodes arguments, in one pass if their type implies the schema. Only what does not fit is looked at again.
pub(super) fn decode<A: DeserializeOwned>(definition: &Definition, arguments: &RawJson) -> Result<A, CallFailure> {
    if definition.input.implied == Implied::Not {
        return decode_checked(definition, arguments, None);
    }
    match serde_json::from_str(arguments.as_str()) {
        Ok(decoded) => Ok(decoded),
        Err(error) => decode_checked(definition, arguments, Some(error)),
    }
}

/// Validates arguments, and decodes them if they fit. `met` is what decoding said, if it was tried.
fn decode_checked<A: DeserializeOwned>(
    definition: &Definition,
    arguments: &RawJson,
    met: Option<serde_json::Error>,
) -> Result<A, CallFailure> {
    let Definition { tool, input, .. } = definition;
    let json = arguments.as_str();
    let failed = |problems, met: Option<&_>| CallFailure::Arguments(explain(&tool.name, json, problems, met));
    let mut whole = Value::Object(arguments.parse().unwrap_or_default());
    let known = input.problems(&tool.input_schema, &whole, MOST);
    if let Some(problems) = known.as_ref().filter(|problems| !problems.is_empty()) {
        return Err(failed(problems.clone(), met.as_ref()));
    }
    let error = match met.map_or_else(|| serde_json::from_str(json), Err) {
        Ok(decoded) => return Ok(decoded),
        Err(error) => error,
    };
    if write_integers_as_such(&mut whole, tool.input_schema.as_map())
        && let Ok(decoded) = A::deserialize(&whole)
    {
        return Ok(decoded);
    }
    let problems = match (known, &whole) {
        (None, Value::Object(given)) => seen_at_once(&tool.input_schema, given),
        _ => Vec::new(),
    };
    Err(failed(problems, Some(&error)))
}
