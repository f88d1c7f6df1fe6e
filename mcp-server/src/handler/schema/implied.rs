//! Whether a type can only have values that its schema allows.

use serde_json::{Map, Value};

/// How much of a schema its type enforces by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::handler) enum Implied {
    /// All of it.
    Whole,
    /// All of it, except that a number that is none is written as `null`.
    ExceptNan,
    /// Less.
    Not,
}

/// Judges a schema as it was derived, before the widths of numbers are taken out: they tell bounds that come from
/// a type from those that somebody wrote.
pub(in crate::handler) fn implied(schema: &Map<String, Value>) -> Implied {
    let mut found = Implied::Whole;
    let mut judge = |part: Implied| found = found.max(part);
    if is_integer(schema) {
        judge(width(schema));
    }
    if let Some(alternatives) = schema.get("oneOf").and_then(Value::as_array)
        && !told_apart(alternatives)
    {
        judge(Implied::Not);
    }
    for (keyword, value) in schema {
        judge(match (keyword.as_str(), value) {
            // What says nothing about values.
            (
                "title" | "description" | "default" | "examples" | "deprecated" | "readOnly" | "writeOnly" | "$comment"
                | "$schema",
                _,
            ) => Implied::Whole,
            // What a type is made of.
            ("additionalProperties", Value::Bool(_)) => Implied::Whole,
            ("type", kind) if names(kind, "number") => Implied::ExceptNan,
            ("type" | "required" | "enum" | "const", _) => Implied::Whole,
            ("format" | "minimum" | "maximum", _) if is_integer(schema) => Implied::Whole,
            ("format", Value::String(format)) if matches!(format.as_str(), "float" | "double") => Implied::Whole,
            ("minItems" | "maxItems", count) => match schema.get("prefixItems").and_then(Value::as_array) {
                Some(items) if count.as_u64() == Some(items.len() as u64) => Implied::Whole,
                // An array of fixed length looks like a list whose length somebody wrote. Where nothing can be validated
                // the former is assumed, so that it can be used at all.
                None if cfg!(not(feature = "json-schema")) && schema.get("minItems") == schema.get("maxItems") => {
                    Implied::Whole
                }
                _ => Implied::Not,
            },
            // References lead to definitions, all of which are judged.
            ("$ref", Value::String(target)) if target.starts_with('#') => Implied::Whole,
            ("items" | "additionalProperties", part) => of(part),
            ("properties" | "$defs", Value::Object(parts)) => worst(parts.values()),
            ("prefixItems" | "anyOf" | "oneOf", Value::Array(parts)) => worst(parts),
            (keyword, _) if keyword.starts_with("x-") => Implied::Whole,
            _ => Implied::Not,
        });
    }
    found
}

fn of(schema: &Value) -> Implied {
    match schema {
        Value::Bool(true) => Implied::Whole,
        Value::Object(schema) => implied(schema),
        _ => Implied::Not,
    }
}

fn worst<'a>(schemas: impl IntoIterator<Item = &'a Value>) -> Implied {
    schemas.into_iter().map(of).max().unwrap_or(Implied::Whole)
}

fn names(kind: &Value, name: &str) -> bool {
    kind == name || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == name))
}

fn is_integer(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|kind| names(kind, "integer"))
}

/// The bounds of an integer's width, as far as an `i64` can hold them; `None` if it is no integer, or of no width.
pub(super) fn integer_bounds(schema: &Map<String, Value>) -> Option<(Option<i64>, Option<i64>)> {
    let format = schema.get("format").and_then(Value::as_str).filter(|_| is_integer(schema))?;
    Some(match format {
        "int8" => (Some(-128), Some(127)),
        "uint8" => (Some(0), Some(255)),
        "int16" => (Some(-32_768), Some(32_767)),
        "uint16" => (Some(0), Some(65_535)),
        "int32" => (Some(-2_147_483_648), Some(2_147_483_647)),
        "uint32" => (Some(0), Some(4_294_967_295)),
        "uint64" | "uint128" | "uint" => (Some(0), None),
        "int64" | "int128" | "int" => (None, None),
        _ => return None,
    })
}

/// Whether an integer's bounds are no narrower than those of its width.
fn width(schema: &Map<String, Value>) -> Implied {
    let Some((lowest, highest)) = integer_bounds(schema) else { return Implied::Not };
    let fits = |keyword: &str, bound: Option<i64>, wider: fn(f64, f64) -> bool| match schema.get(keyword) {
        None => true,
        Some(said) => said.as_f64().zip(bound).is_some_and(|(said, bound)| wider(said, bound as f64)),
    };
    match fits("minimum", lowest, |said, bound| said <= bound) && fits("maximum", highest, |said, bound| said >= bound)
    {
        true => Implied::Whole,
        false => Implied::Not,
    }
}

/// Whether no value fits two of the alternatives, as those of an enum do not.
fn told_apart(alternatives: &[Value]) -> bool {
    let marks: Option<Vec<Vec<String>>> = alternatives.iter().map(|part| marks(part.as_object()?)).collect();
    let Some(marks) = marks else { return false };
    let kinds: Vec<&str> = marks.iter().flatten().filter_map(|mark| mark.split('\n').next()).collect();
    // Two objects are told apart by the same tag, or by one name each.
    let one_kind_of_object = {
        let mut objects = kinds.iter().filter(|kind| **kind != "value");
        let first = objects.next();
        objects.all(|kind| Some(kind) == first)
    };
    let mut all: Vec<&String> = marks.iter().flatten().collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    one_kind_of_object && all.len() == count
}

/// What only values of this alternative have: the values themselves, a tag's value, or the one name.
fn marks(schema: &Map<String, Value>) -> Option<Vec<String>> {
    let value = |value: &Value| format!("value\n{value}");
    if let Some(constant) = schema.get("const") {
        return Some(vec![value(constant)]);
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        return Some(values.iter().map(value).collect());
    }
    if names(schema.get("type")?, "null") {
        return Some(vec![value(&Value::Null)]);
    }
    let required = schema.get("required")?.as_array()?;
    let properties = schema.get("properties")?.as_object()?;
    let tag = properties.iter().find_map(|(name, property)| {
        let constant = property.get("const").filter(|_| required.iter().any(|required| required == name))?;
        Some(format!("tag {name}\n{constant}"))
    });
    match (tag, required.as_slice()) {
        (Some(tag), _) => Some(vec![tag]),
        (None, [name]) if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
            Some(vec![format!("name\n{name}")])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};

    use super::*;

    fn judged<T: JsonSchema>() -> Implied {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        implied(SchemaGenerator::from(settings).into_root_schema_for::<T>().as_object().unwrap())
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Plain {
        text: String,
        byte: u8,
        wide: Option<i128>,
        list: Vec<(bool, u64)>,
        map: BTreeMap<String, Unit>,
        any: Value,
        tree: Option<Box<Plain>>,
        tagged: Tagged,
        named: Named,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Unit {
        A,
        /// Described.
        B,
    }

    #[derive(JsonSchema)]
    #[serde(tag = "kind")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Tagged {
        A { size: u8 },
        B,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Named {
        A(u8),
        B { x: bool },
        C,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Narrow {
        #[schemars(range(max = 10))]
        byte: u8,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Pattern {
        #[schemars(regex(pattern = "^a"))]
        text: String,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Long {
        #[schemars(length(min = 2))]
        list: Vec<u8>,
    }

    #[test]
    fn what_a_type_is_made_of_is_implied() {
        assert_eq!(judged::<Plain>(), Implied::Whole);
        assert_eq!(judged::<Option<f32>>(), Implied::ExceptNan);
    }

    #[test]
    fn what_somebody_wrote_is_not() {
        assert_eq!(judged::<Narrow>(), Implied::Not);
        assert_eq!(judged::<Pattern>(), Implied::Not);
        assert_eq!(judged::<Long>(), Implied::Not);
        assert_eq!(judged::<HashSet<u8>>(), Implied::Not);
        for written in [
            serde_json::json!({"type": "integer"}),
            serde_json::json!({"type": "integer", "format": "uint8", "multipleOf": 2}),
            serde_json::json!({"type": "string", "format": "date-time"}),
            serde_json::json!({"oneOf": [{"type": "string"}, {"const": "a"}]}),
            serde_json::json!({"allOf": [{}]}),
            serde_json::json!({"properties": {"a": false}}),
        ] {
            assert_eq!(of(&written), Implied::Not, "{written}");
        }
    }
}
