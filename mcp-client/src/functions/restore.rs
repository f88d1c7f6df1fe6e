//! Arguments that a model wrote for a strict schema, as the tool's own schema has them.

use serde_json::{Map, Value};

use super::{refs::resolved, strict::requires};

/// Deepest nesting that is looked at.
const DEPTH: usize = 64;

/// Takes out members that are null because strict mode has no other way to leave them out.
pub(super) fn restore(value: &mut Value, schema: &Value, root: &Value, depth: usize) {
    let Some(schema) = resolved(schema, root).filter(|_| depth < DEPTH) else { return };
    match value {
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| restore(item, schema, root, depth + 1));
            }
        }
        Value::Object(members) => {
            if let (Some(map), Some(properties)) = (schema.as_object(), properties(schema)) {
                members.retain(|name, value| {
                    !value.is_null()
                        || requires(map, name)
                        || properties.get(name).is_none_or(|schema| takes_null(schema, root, 0))
                });
                for (name, value) in members.iter_mut() {
                    if let Some(schema) = properties.get(name) {
                        restore(value, schema, root, depth + 1);
                    }
                }
            }
        }
        _ => return,
    }
    if let Some(branch) = branch_of(value, schema, root) {
        restore(value, branch, root, depth + 1);
    }
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

/// The part of a choice that the value is of: strict mode writes all members of a part, and no others.
fn branch_of<'a>(value: &Value, schema: &'a Value, root: &'a Value) -> Option<&'a Value> {
    let branches =
        ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array()).flatten();
    branches.filter_map(|branch| resolved(branch, root)).find(|branch| match value {
        Value::Object(members) => properties(branch).is_some_and(|properties| {
            properties.len() == members.len()
                && members.iter().all(|(name, value)| fits(properties.get(name), value, root))
        }),
        Value::Array(_) => branch.get("items").is_some(),
        _ => false,
    })
}

/// Whether a member is what tells the parts of a choice apart, if it is one of few values.
fn fits(schema: Option<&Value>, value: &Value, root: &Value) -> bool {
    let Some(schema) = schema.and_then(|schema| resolved(schema, root)) else { return false };
    let one = schema.get("const").is_none_or(|constant| constant == value || value.is_null());
    one && schema.get("enum").and_then(Value::as_array).is_none_or(|options| options.contains(value) || value.is_null())
}

/// Whether null is a value of this schema.
fn takes_null(schema: &Value, root: &Value, depth: usize) -> bool {
    let Some(schema) = resolved(schema, root).filter(|_| depth < DEPTH) else { return true };
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "null"),
        Some(kind) => kind == "null",
        None => true,
    };
    let options = schema.get("enum").and_then(Value::as_array);
    let any = |keyword: &str| schema.get(keyword).and_then(Value::as_array);
    kind && options.is_none_or(|options| options.contains(&Value::Null))
        && schema.get("const").is_none_or(Value::is_null)
        && ["anyOf", "oneOf"]
            .into_iter()
            .filter_map(any)
            .all(|parts| parts.iter().any(|part| takes_null(part, root, depth + 1)))
        && any("allOf").is_none_or(|parts| parts.iter().all(|part| takes_null(part, root, depth + 1)))
}
