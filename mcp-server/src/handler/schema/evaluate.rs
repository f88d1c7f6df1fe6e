//! Whether a value fits a schema of which it is known that it has no other keywords than those that a type implies.

use serde_json::{Map, Value};

use super::implied::integer_bounds;

/// Whether the value fits the part `schema` of `root`. Keywords that no type implies are not looked at.
pub(super) fn allows(root: &Value, schema: &Value, value: &Value) -> bool {
    let map = match schema {
        Value::Object(map) => map,
        other => return other != &Value::Bool(false),
    };
    let fits = |part: &Value| allows(root, part, value);
    map.iter().all(|(keyword, said)| match (keyword.as_str(), said) {
        ("type", Value::String(kind)) => is_of(value, kind),
        ("type", Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).any(|kind| is_of(value, kind)),
        ("enum", Value::Array(values)) => values.contains(value),
        ("const", constant) => constant == value,
        ("$ref", Value::String(target)) => resolve(root, target).is_none_or(fits),
        ("anyOf", Value::Array(parts)) => parts.iter().any(fits),
        ("oneOf", Value::Array(parts)) => parts.iter().filter(|part| fits(part)).count() == 1,
        _ => match value {
            Value::Object(members) => allows_members(root, map, keyword, said, members),
            Value::Array(items) => allows_items(root, map, keyword, said, items),
            _ => true,
        },
    }) && is_in_bounds(map, value)
}

fn allows_members(
    root: &Value,
    map: &Map<String, Value>,
    keyword: &str,
    said: &Value,
    members: &Map<String, Value>,
) -> bool {
    let properties = map.get("properties").and_then(Value::as_object);
    let is_known = |name: &str| properties.is_some_and(|properties| properties.contains_key(name));
    match (keyword, said) {
        ("required", Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).all(|name| members.contains_key(name))
        }
        ("properties", Value::Object(properties)) => {
            properties.iter().all(|(name, part)| members.get(name).is_none_or(|value| allows(root, part, value)))
        }
        ("additionalProperties", part) => {
            members.iter().all(|(name, value)| is_known(name) || allows(root, part, value))
        }
        _ => true,
    }
}

fn allows_items(root: &Value, map: &Map<String, Value>, keyword: &str, said: &Value, items: &[Value]) -> bool {
    let before = map.get("prefixItems").and_then(Value::as_array).map_or(0, Vec::len);
    let count = said.as_u64().and_then(|count| usize::try_from(count).ok());
    match (keyword, said) {
        ("prefixItems", Value::Array(parts)) => parts.iter().zip(items).all(|(part, item)| allows(root, part, item)),
        ("items", part) => items.iter().skip(before).all(|item| allows(root, part, item)),
        ("minItems", _) => count.is_none_or(|count| items.len() >= count),
        ("maxItems", _) => count.is_none_or(|count| items.len() <= count),
        _ => true,
    }
}

fn is_in_bounds(map: &Map<String, Value>, value: &Value) -> bool {
    let (Some((lowest, highest)), Value::Number(number)) = (integer_bounds(map), value) else { return true };
    let Some(number) = number.as_i64() else { return true };
    lowest.is_none_or(|lowest| number >= lowest) && highest.is_none_or(|highest| number <= highest)
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

/// The part that a reference within the schema leads to.
pub(super) fn resolve<'s>(root: &'s Value, target: &str) -> Option<&'s Value> {
    root.pointer(target.strip_prefix('#')?)
}
