//! Arguments whose schemas are written by hand: keywords that no type implies.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// Any object, under a schema of the dialect 2020-12.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Person(serde_json::Map<String, serde_json::Value>);

impl Person {
    pub(crate) fn name(&self) -> &str {
        self.0.get("name").and_then(serde_json::Value::as_str).unwrap_or("stranger")
    }
}

impl JsonSchema for Person {
    fn schema_name() -> Cow<'static, str> {
        "Person".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "$defs": {
                "address": {
                    "$anchor": "addressDef",
                    "type": "object",
                    "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
                },
            },
            "properties": {
                "name": {"type": "string"},
                "address": {"$ref": "#/$defs/address"},
                "contactMethod": {"type": "string", "enum": ["phone", "email"]},
                "phone": {"type": "string"},
                "email": {"type": "string"},
            },
            "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
            "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
            "then": {"required": ["phone"]},
            "else": {"required": ["email"]},
            "additionalProperties": false,
        })
    }
}

/// Arguments of which a proxy sees one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InRegion {
    /// Where to run.
    #[schemars(extend("x-mcp-header" = "Region"))]
    pub(crate) region: String,
    /// What to run.
    pub(crate) query: String,
}
