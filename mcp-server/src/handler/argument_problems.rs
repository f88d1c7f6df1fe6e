//! What is wrong with arguments, in words that a model can act on.

use std::borrow::Cow;

use mcp_core::model::Tool;
use serde_json::{Map, Value};

use super::{
    did_you_mean::did_you_mean,
    json_path::{path_at, written},
};

/// Most problems that are told at once; a peer decides how many there are.
const MOST: usize = 16;

/// Every problem that the schema shows, and the one that decoding met.
pub(super) fn explain(tool: &Tool, json: &str, arguments: &Value, error: &serde_json::Error) -> String {
    let empty = Map::new();
    let given = arguments.as_object().unwrap_or(&empty);
    let properties = tool.input_schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let closed = tool.input_schema.get("additionalProperties") == Some(&Value::Bool(false));
    let path = path_at(json, offset(json, error));
    let mut problems = missing(tool, given);
    let mut met_is_told = path.is_empty() && !problems.is_empty();
    for (name, value) in given {
        if problems.len() >= MOST {
            problems.push("and maybe more".to_owned());
            met_is_told = true;
            break;
        }
        let problem = match properties.get(name) {
            Some(schema) => wrong_type(name, value, schema),
            None if closed => Some(unknown(name, properties)),
            None => None,
        };
        if let Some(problem) = problem {
            // What is told about an argument in words of the schema is not told again in those of serde.
            met_is_told |= path.first().is_none_or(|step| step.is_key(name));
            problems.push(problem);
        }
    }
    if !met_is_told {
        let problem = match path.is_empty() {
            true => in_words(error),
            false => format!("argument `{}`: {}", shown(&written(&path)), in_words(error)),
        };
        problems.push(problem);
    }
    match problems.as_slice() {
        [problem] => format!("the arguments of tool `{}` do not fit: {problem}", tool.name),
        problems => format!("the arguments of tool `{}` do not fit:\n- {}", tool.name, problems.join("\n- ")),
    }
}

fn missing(tool: &Tool, given: &Map<String, Value>) -> Vec<String> {
    let required = tool.input_schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    required
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| !given.contains_key(*name))
        .map(|name| format!("missing argument `{name}`"))
        .collect()
}

fn unknown(name: &str, properties: &Map<String, Value>) -> String {
    let name_shown = shown(name);
    if let Some(meant) = did_you_mean(name, properties.keys().map(String::as_str)) {
        return format!("unknown argument `{name_shown}`; did you mean `{meant}`?");
    }
    if properties.is_empty() {
        return format!("unknown argument `{name_shown}`; the tool takes none");
    }
    let known: Vec<String> = properties.keys().map(|known| format!("`{known}`")).collect();
    format!("unknown argument `{name_shown}`; the tool takes {}", known.join(", "))
}

fn wrong_type(name: &str, value: &Value, schema: &Value) -> Option<String> {
    let kinds: Vec<&str> = match schema.get("type")? {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    if kinds.iter().any(|kind| is_of(value, kind)) {
        return None;
    }
    let expected: Vec<&str> = kinds.iter().map(|kind| with_article(kind)).collect();
    Some(format!("argument `{name}`: expected {}, not {}", expected.join(" or "), described(value)))
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn with_article(kind: &str) -> &str {
    match kind {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "an array",
        "object" => "an object",
        other => other,
    }
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string {:?}", shown(text)),
        Value::Array(_) => "an array".into(),
        Value::Object(_) => "an object".into(),
    }
}

/// A peer's text, short enough to be repeated.
fn shown(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 64;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
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
