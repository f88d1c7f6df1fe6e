//! Integers that are written as floats.

use serde_json::{Map, Value};

/// How many steps from a schema to its subschemas are made for one call.
const STEPS: usize = 100_000;

/// Writes `1.0` as `1` where the schema says integer: to JSON Schema both are integers, to serde only one is.
/// Says whether anything changed.
pub(super) fn write_integers_as_such(value: &mut Value, schema: &Map<String, Value>) -> bool {
    Writer { root: schema, steps: STEPS }.write(value, schema, 0)
}

struct Writer<'a> {
    root: &'a Map<String, Value>,
    steps: usize,
}

impl<'a> Writer<'a> {
    /// `beside` counts the schemas that led here without going into the value.
    fn write(&mut self, value: &mut Value, schema: &'a Map<String, Value>, beside: usize) -> bool {
        const MOST_BESIDE: usize = 64;
        if self.steps == 0 || beside > MOST_BESIDE {
            return false;
        }
        self.steps -= 1;
        let mut changed = match value {
            Value::Number(number) => match number.as_f64().filter(|_| number.is_f64() && says_integer(schema)) {
                Some(float) => match as_integer(float) {
                    Some(integer) => {
                        *value = integer;
                        true
                    }
                    None => false,
                },
                None => false,
            },
            Value::Object(members) => members.iter_mut().fold(false, |changed, (name, member)| {
                let named = schema.get("properties").and_then(|properties| properties.get(name));
                self.step(member, named.or_else(|| schema.get("additionalProperties")), 0) | changed
            }),
            Value::Array(items) => {
                let first = schema.get("prefixItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                items.iter_mut().enumerate().fold(false, |changed, (at, item)| {
                    self.step(item, first.get(at).or_else(|| schema.get("items")), 0) | changed
                })
            }
            Value::Null | Value::Bool(_) | Value::String(_) => return false,
        };
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#')) {
            changed |= match target.strip_prefix("/$defs/") {
                _ if target.is_empty() => self.write(value, self.root, beside + 1),
                Some(name) => self.step(value, self.root.get("$defs").and_then(|defs| defs.get(name)), beside + 1),
                None => false,
            };
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            for part in schema.get(keyword).and_then(Value::as_array).into_iter().flatten() {
                changed |= self.step(value, Some(part), beside + 1);
            }
        }
        changed
    }

    fn step(&mut self, value: &mut Value, schema: Option<&'a Value>, beside: usize) -> bool {
        match schema {
            Some(Value::Object(schema)) => self.write(value, schema, beside),
            _ => false,
        }
    }
}

fn as_integer(float: f64) -> Option<Value> {
    // Beyond 2^53 a float does not tell which integer was meant.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (float.fract() == 0.0 && float.abs() <= EXACT).then(|| Value::from(float as i64))
}

fn says_integer(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::String(kind)) => kind == "integer",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "integer"),
        _ => false,
    }
}
