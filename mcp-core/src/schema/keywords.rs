//! Where a schema holds other schemas.

use serde_json::{Map, Value};

/// A subschema, and how it is reached.
#[derive(Debug)]
pub struct Inside<'a> {
    /// The subschema.
    pub schema: &'a Map<String, Value>,
    /// The JSON pointer from the schema that holds it, without the first slash.
    pub path: String,
    /// What it is applied to.
    pub place: Place,
}

/// What a subschema is applied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The value that the schema is applied to.
    Same,
    /// What is inside that value.
    Below,
    /// Nothing, unless something refers to it.
    Apart,
}

/// What a keyword holds, whatever else it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// One schema.
    Schema(Place),
    /// An array of schemas, or one schema.
    Schemas(Place),
    /// Schemas by name.
    Named(Place),
}

/// Which schemas a keyword of draft 2020-12 or draft-07 holds. What other keywords hold is data.
pub fn holds(keyword: &str) -> Option<Holds> {
    use Holds::{Named, Schema, Schemas};
    Some(match keyword {
        "properties" | "patternProperties" => Named(Place::Below),
        "dependentSchemas" | "dependencies" => Named(Place::Same),
        "$defs" | "definitions" => Named(Place::Apart),
        "allOf" | "anyOf" | "oneOf" => Schemas(Place::Same),
        "prefixItems" | "items" => Schemas(Place::Below),
        "not" | "if" | "then" | "else" => Schema(Place::Same),
        "additionalItems"
        | "additionalProperties"
        | "unevaluatedItems"
        | "unevaluatedProperties"
        | "contains"
        | "propertyNames"
        | "contentSchema" => Schema(Place::Below),
        _ => return None,
    })
}

/// The subschemas that a schema holds itself. `true` and `false` are schemas that hold nothing, and left out.
pub fn inside(schema: &Map<String, Value>) -> impl Iterator<Item = Inside<'_>> {
    schema.iter().flat_map(|(keyword, value)| {
        let found: Vec<Inside<'_>> = match (holds(keyword), value) {
            (Some(Holds::Schema(place) | Holds::Schemas(place)), Value::Object(schema)) => {
                vec![Inside { schema, path: keyword.clone(), place }]
            }
            (Some(Holds::Schemas(place)), Value::Array(schemas)) => schemas
                .iter()
                .enumerate()
                .filter_map(|(at, schema)| {
                    Some(Inside { schema: schema.as_object()?, path: format!("{keyword}/{at}"), place })
                })
                .collect(),
            (Some(Holds::Named(place)), Value::Object(schemas)) => schemas
                .iter()
                .filter_map(|(name, schema)| {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    Some(Inside { schema: schema.as_object()?, path: format!("{keyword}/{name}"), place })
                })
                .collect(),
            _ => Vec::new(),
        };
        found
    })
}
