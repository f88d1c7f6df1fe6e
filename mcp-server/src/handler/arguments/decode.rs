//! From JSON text into the handler's type.

use std::{any::TypeId, borrow::Cow};

use mcp_core::json::{RawJson, read_valid};
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{
    aliases::with_own_names,
    integers::with_plain_integers,
    none::{NoArguments, is_unit},
    problems::{explain, seen_at_once},
};
use crate::handler::{
    call_failure::CallFailure,
    schema::{Document, Implied, Problem, Repeated, path_at},
    tool::Definition,
};

/// Compiles for the types that a parameter of a `#[tool]` may have, and says what is missing for others.
pub fn is_argument<T: Argument>() {}

#[diagnostic::on_unimplemented(
    message = "a tool cannot take `{Self}` as an argument",
    label = "no argument of a tool",
    note = "derive `serde::Deserialize` and `schemars::JsonSchema` for it, and for the types inside it; write `T` for `Json<T>`, and `serde_json::Value` for JSON of any shape",
    note = "if it is the call's context, write its type as `Context`: a macro knows it by that name"
)]
pub trait Argument {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> Argument for T {}

/// As [`is_argument`], for a parameter of a `#[prompt]`.
pub fn is_prompt_argument<T: PromptArgument>() {}

#[diagnostic::on_unimplemented(
    message = "a prompt cannot take `{Self}` as an argument",
    label = "no argument of a prompt",
    note = "values are strings: take `String`, a number, `bool`, an enum that is `serde::Deserialize` and `schemars::JsonSchema`, or an `Option` of one of these",
    note = "if it is the call's context, write its type as `Context`: a macro knows it by that name"
)]
pub trait PromptArgument {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> PromptArgument for T {}

/// Decodes arguments, in one pass if their type implies the schema. Only what does not fit is looked at again.
pub(in crate::handler) fn decode<A: DeserializeOwned + 'static>(
    definition: &Definition,
    arguments: &RawJson,
) -> Result<A, CallFailure> {
    // The unit type stands for no arguments, or for none that matter, and is written as `null`.
    if is_unit::<A>() {
        match definition.input.implied {
            Implied::Not => drop(decode_named::<IgnoredAny>(definition, arguments.as_str())?),
            _ => {
                let NoArguments {} = decode_named(definition, arguments.as_str())?;
            }
        }
        return serde_json::from_str("null").map_err(|met| unfit(definition, "null", Vec::new(), Some(&met)));
    }
    match &definition.aliases {
        None => decode_named(definition, arguments.as_str()),
        Some(aliases) => decode_named(definition, &with_own_names(arguments.as_str(), aliases)),
    }
}

/// Decodes arguments that bear their own names.
fn decode_named<A: DeserializeOwned + 'static>(definition: &Definition, json: &str) -> Result<A, CallFailure> {
    if definition.input.implied == Implied::Not {
        return decode_validated(definition, json);
    }
    let met = match decode_leniently(json) {
        Ok(decoded) => return Ok(decoded),
        Err(met) => met,
    };
    // A key that stands twice is what decoding met, if it matters.
    let problems = Document::read(json).map(|document| problems(definition, &document)).unwrap_or_default();
    Err(unfit(definition, json, problems, Some(&met)))
}

/// Validates arguments, and decodes them if they fit: from the very text that was validated.
fn decode_validated<A: DeserializeOwned + 'static>(definition: &Definition, json: &str) -> Result<A, CallFailure> {
    let document = Document::read(json).map_err(|Repeated { at }| {
        unfit(definition, json, vec![Problem::at(&path_at(json, at), "stands there more than once")], None)
    })?;
    let problems = problems(definition, &document);
    if !problems.is_empty() {
        return Err(unfit(definition, json, problems, None));
    }
    drop(document);
    // Passed on as it is, or taken by its meaning: a tree of values would round an integer that is spelt as `1.0`.
    let meant =
        if TypeId::of::<A>() == TypeId::of::<RawJson>() { Cow::Borrowed(json) } else { with_plain_integers(json) };
    read_valid(&meant).map_err(|met| unfit(definition, &meant, Vec::new(), Some(&met)))
}

/// Whether a text can be decoded as the type, with no regard to what a schema says.
pub(in crate::handler) fn decodes<A: DeserializeOwned + 'static>(json: &str) -> bool {
    if is_unit::<A>() { decode_leniently::<NoArguments>(json).is_ok() } else { decode_leniently::<A>(json).is_ok() }
}

/// Decodes, objects from objects alone; what decoding refuses because an integer is spelt as `1.0` or `1e3` is decoded again as it is meant.
fn decode_leniently<A: DeserializeOwned>(json: &str) -> Result<A, serde_json::Error> {
    read_valid(json).or_else(|met| match with_plain_integers(json) {
        Cow::Owned(plain) => read_valid(&plain).map_err(|_| met),
        Cow::Borrowed(_) => Err(met),
    })
}

/// What is wrong with arguments; where nothing can be validated, what is seen at once.
fn problems(Definition { tool, input, .. }: &Definition, document: &Document<'_>) -> Vec<Problem> {
    let problems = input.problems(&tool.input_schema, document);
    problems.unwrap_or_else(|| seen_at_once(&tool.input_schema, document))
}

fn unfit(definition: &Definition, json: &str, problems: Vec<Problem>, met: Option<&serde_json::Error>) -> CallFailure {
    CallFailure::Arguments(explain(&definition.tool.name, json, problems, met))
}
