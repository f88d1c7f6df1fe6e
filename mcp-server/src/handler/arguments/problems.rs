//! What is wrong with arguments, in words that a model can act on.

use std::borrow::Cow;

use mcp_core::{error::excerpt, schema::Schema};
use serde_json::Value;

use crate::handler::schema::{At, Document, MOST, Problem, Step, kinds, path_at, wrong_type};

/// Every problem that was found, and the one that decoding met.
pub(super) fn explain(tool: &str, json: &str, mut problems: Vec<Problem>, met: Option<&serde_json::Error>) -> String {
    if let Some(error) = met {
        let path = path_at(json, offset(json, error));
        // What is told about an argument in words of the schema is not told again in those of serde.
        let is_told = match path.first() {
            None => !problems.is_empty(),
            Some(step) => problems.iter().any(|problem| problem.argument.as_deref().is_some_and(|it| step.is_key(it))),
        };
        if !is_told {
            problems.push(Problem::at(&path, &in_words(error)));
        }
    }
    Problem::sort(&mut problems);
    let mut texts: Vec<String> = problems.into_iter().map(|problem| problem.text).collect();
    if texts.len() > MOST {
        texts.truncate(MOST);
        texts.push("and maybe more".to_owned());
    }
    match texts.as_slice() {
        [problem] => format!("the arguments of tool `{tool}` do not fit: {problem}"),
        problems => format!("the arguments of tool `{tool}` do not fit:\n- {}", problems.join("\n- ")),
    }
}

/// The problems that a look at the names and types of the arguments shows, where nothing more can be validated.
pub(super) fn seen_at_once(schema: &Schema, given: &Document<'_>) -> Vec<Problem> {
    let given = given.root();
    let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let missing = required
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| given.get(name).is_none())
        .map(|name| Problem::missing(&[], name));
    let wrong = given.members().filter_map(|(name, value)| match properties.and_then(|known| known.get(&*name)) {
        Some(schema) => {
            let kinds = kinds(schema.get("type"));
            let fits = kinds.is_empty() || kinds.iter().any(|kind| is_of(value, kind));
            let path = [Step::Key(name.into_owned())];
            (!fits).then(|| Problem::at(&path, &wrong_type(&value.to_short_value(), &kinds)))
        }
        None if closed => Some(Problem::unknown(&[], &name, properties)),
        None => None,
    });
    missing.chain(wrong).take(MOST + 1).collect()
}

fn is_of(value: At<'_>, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_integer(),
        "number" => value.number().is_some(),
        "boolean" => value.boolean().is_some(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

/// How many bytes of `json` were read when the error was met.
fn offset(json: &str, error: &serde_json::Error) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let line_start: usize = json.split_inclusive('\n').take(lines_before).map(str::len).sum();
    line_start + error.column()
}

/// The error without its position, and with names of Rust types put in the words of JSON.
fn in_words(error: &serde_json::Error) -> String {
    let mut text = error.to_string();
    if let Some(end) = text.rfind(" at line ") {
        text.truncate(end);
    }
    // Errors repeat what was sent.
    if let Cow::Owned(short) = excerpt(&text) {
        text = short;
    }
    if let Some(start) = text.rfind("expected ").map(|start| start + "expected ".len()) {
        let words = match &text[start..] {
            "i8" => "an integer from -128 to 127",
            "i16" => "an integer from -32768 to 32767",
            "i32" => "an integer from -2147483648 to 2147483647",
            "u8" => "an integer from 0 to 255",
            "u16" => "an integer from 0 to 65535",
            "u32" => "an integer from 0 to 4294967295",
            "i64" | "i128" | "isize" => "an integer",
            "u64" | "u128" | "usize" => "an integer that is not negative",
            "f32" | "f64" => "a number",
            "a boolean" => "true or false",
            "a sequence" => "an array",
            "a map" => "an object",
            other if other.starts_with("struct ") => "an object",
            _ => return text,
        };
        text.replace_range(start.., words);
    }
    text
}
