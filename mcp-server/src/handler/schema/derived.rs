//! Schemas of Rust types, in the words that help a model.

use mcp_core::schema::Schema;
use schemars::{
    JsonSchema,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};
use serde_json::{Map, Value};

use super::{
    beside::lists_values_beside,
    implied::{Implied, implied},
};

/// A type whose values are not JSON objects cannot hold arguments.
pub(in crate::handler) struct SchemaProblem {
    /// What its values are instead, such as `an array`.
    pub(in crate::handler) found: String,
}

/// The input schema of an argument type: its root is an object (2026-07-28, server/tools, "Tool"). `enforced` is asked
/// about a schema that only a look at the type itself can tell from one that somebody wrote.
pub(in crate::handler) fn input_schema<A: JsonSchema>(
    enforced: impl FnOnce(&Value) -> Implied,
) -> Result<(Schema, Implied), SchemaProblem> {
    let (map, implied) = root(settings().into_generator().into_root_schema_for::<A>(), enforced);
    if has_no_members(&map) {
        // A type that ignores members accepts more than the schema of a tool without arguments.
        let closed = map.contains_key("additionalProperties") || cfg!(not(feature = "json-schema"));
        return Ok((Schema::no_arguments(), if closed { implied } else { Implied::Not }));
    }
    match map.get("type") {
        Some(kind) if kind == "object" => Ok((Schema::from(map), implied)),
        Some(kind) => Err(SchemaProblem { found: format!("of type {kind}") }),
        // An enum with a tag, or a type that accepts anything: the object is all that is missing.
        None => {
            let mut object = Map::new();
            object.insert("type".into(), "object".into());
            object.extend(map);
            Ok((Schema::from(object), implied))
        }
    }
}

/// The output schema of a type, or `None` if it accepts anything.
pub(in crate::handler) fn output_schema<T: JsonSchema>() -> Option<(Schema, Implied)> {
    let schema = settings().for_serialize().into_generator().into_root_schema_for::<T>();
    let (map, implied) = root(schema, |_| {
        let settings = settings().for_serialize().with(|settings| settings.inline_subschemas = false);
        let of_names = settings.into_generator().into_root_schema_for::<T>();
        if lists_values_beside(of_names.as_value()) { Implied::Not } else { Implied::Whole }
    });
    (!map.is_empty()).then(|| (Schema::from(map), implied))
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
    })
}

/// The root without its title, which is the name of a Rust type, and how much of it the type enforces.
fn root(mut schema: schemars::Schema, enforced: impl FnOnce(&Value) -> Implied) -> (Map<String, Value>, Implied) {
    let implied = match schema.as_object().map_or(Implied::Not, implied) {
        Implied::Not => Implied::Not,
        implied => implied.max(enforced(schema.as_value())),
    };
    RecursiveTransform(drop_rust_widths).transform(&mut schema);
    let mut map = match schema.to_value() {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    map.shift_remove("title");
    (map, implied)
}

fn has_no_members(map: &Map<String, Value>) -> bool {
    map.get("type").is_some_and(|kind| kind == "object")
        && map.iter().all(|(keyword, value)| match keyword.as_str() {
            "type" | "description" => true,
            "properties" => value.as_object().is_some_and(Map::is_empty),
            "additionalProperties" => value == &Value::Bool(false),
            _ => false,
        })
}

/// Removes formats such as `int64`: JSON Schema knows none of them, and bounds are told by `minimum` and `maximum`.
fn drop_rust_widths(schema: &mut schemars::Schema) {
    const WIDTHS: [&str; 14] = [
        "int8", "int16", "int32", "int64", "int128", "int", "uint8", "uint16", "uint32", "uint64", "uint128", "uint",
        "float", "double",
    ];
    if schema.get("format").and_then(Value::as_str).is_some_and(|format| WIDTHS.contains(&format))
        && let Some(map) = schema.as_object_mut()
    {
        map.shift_remove("format");
    }
}
