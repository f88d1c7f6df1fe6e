//! Schemas for APIs that take JSON Schema, except for a root that is a choice of several.

use serde_json::{Map, Value, json};

use super::{
    api::FunctionApi,
    note::{Note, below},
    refs::resolved,
};

/// Keywords that must not stand at the root.
const CHOICES: [&str; 3] = ["allOf", "anyOf", "oneOf"];

pub(super) fn plain(schema: &Value, at: &str, api: FunctionApi, notes: &mut Vec<Note>) -> Value {
    let mut out = schema.as_object().cloned().unwrap_or_default();
    for keyword in ["$schema", "$id"] {
        if out.shift_remove(keyword).is_some() {
            notes.push(Note::new(below(at, keyword), "left out: the API takes one dialect, and resolves no addresses"));
        }
    }
    if out.get("type").is_none_or(|kind| kind != "object") {
        if out.contains_key("type") {
            notes.push(Note::new(below(at, "type"), "changed to `object`: the API takes no other root"));
        }
        out.insert("type".into(), "object".into());
    }
    for keyword in CHOICES {
        let Some(branches) = out.shift_remove(keyword) else { continue };
        let pointer = below(at, keyword);
        merge(&branches, keyword == "allOf", schema, &mut out);
        notes.push(Note::new(
            pointer,
            "merged into the root, all members of all its parts, because the API takes no choice there; the server still \
             checks which go together",
        ));
    }
    for keyword in ["not", "enum", "const", "if", "then", "else"] {
        if out.shift_remove(keyword).is_some() {
            notes.push(Note::new(
                below(at, keyword),
                "left out: the API takes no such keyword at the root; the server still checks it",
            ));
        }
    }
    if !out.get("properties").is_some_and(Value::is_object) {
        out.insert("properties".into(), json!({}));
    }
    if api == FunctionApi::Anthropic {
        warn_of_names(&out, at, notes);
    }
    Value::Object(out)
}

/// Adds the members that the parts of a choice have; those of `allOf` stay required.
fn merge(branches: &Value, all: bool, root: &Value, out: &mut Map<String, Value>) {
    for branch in branches.as_array().into_iter().flatten().filter_map(|branch| resolved(branch, root)) {
        let mut properties = match out.get("properties") {
            Some(Value::Object(properties)) => properties.clone(),
            _ => Map::new(),
        };
        for (name, schema) in branch.get("properties").and_then(Value::as_object).into_iter().flatten() {
            properties.entry(name.clone()).or_insert_with(|| schema.clone());
        }
        out.insert("properties".into(), Value::Object(properties));
        if let (true, Some(Value::Array(more))) = (all, branch.get("required")) {
            let mut required = out.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            required.extend(more.iter().filter(|name| !required.contains(name)).cloned().collect::<Vec<_>>());
            out.insert("required".into(), Value::Array(required));
        }
    }
}

fn warn_of_names(out: &Map<String, Value>, at: &str, notes: &mut Vec<Note>) {
    let fits = |name: &str| {
        (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    };
    for name in out.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
        if !fits(name) {
            let pointer = below(&below(at, "properties"), name);
            notes.push(Note::new(pointer, "kept, but the API refuses members of such a name: leave this function out"));
        }
    }
}
