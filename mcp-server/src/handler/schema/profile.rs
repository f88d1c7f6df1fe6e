//! How schemas are written for clients that read only part of JSON Schema.

use std::borrow::Cow;

use mcp_core::{
    model::Tool,
    schema::{
        Schema,
        keywords::{Holds, holds},
    },
};
use serde_json::{Map, Value};

/// Most subschemas of a schema that is written out; what comes after them accepts anything.
const MOST: usize = 10_000;

/// How lists show the schemas of tools. What is validated stays the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaProfile {
    /// As they were written.
    #[default]
    Full,
    /// For clients that follow no references and want one type per schema: each `$ref` is replaced by what it
    /// refers to, and `"type": ["integer", "null"]` by `anyOf`. Where a schema refers to itself, the inner one
    /// accepts anything.
    Inline,
}

impl SchemaProfile {
    /// The tool as lists show it.
    pub(crate) fn show(self, tool: &Tool) -> Tool {
        let mut shown = tool.clone();
        if self == Self::Inline {
            shown.input_schema = inlined(&shown.input_schema);
            shown.output_schema = shown.output_schema.as_ref().map(inlined);
        }
        shown.input_schema = with_properties(&readable(&shown.input_schema));
        shown.output_schema = shown.output_schema.as_ref().map(readable);
        shown
    }
}

/// The same with `{}` and `{"not":{}}` for schemas that are `true` and `false`, which clients refuse together with the
/// whole list. `additionalProperties` and its like keep theirs: there everybody knows them, and some ask for them.
fn readable(schema: &Schema) -> Schema {
    Schema::from(without_booleans(schema.as_map()))
}

fn without_booleans(schema: &Map<String, Value>) -> Map<String, Value> {
    let written = schema.iter().map(|(keyword, value)| {
        let keeps_booleans = keyword.starts_with("additional") || keyword.starts_with("unevaluated");
        let value = match (holds(keyword), value) {
            (Some(Holds::Schema(_)), Value::Bool(_)) if keeps_booleans => value.clone(),
            (Some(Holds::Schemas(_)), Value::Array(schemas)) => schemas.iter().map(as_object).collect(),
            (Some(Holds::Schema(_) | Holds::Schemas(_)), schema) => as_object(schema),
            (Some(Holds::Named(_)), Value::Object(schemas)) => {
                schemas.iter().map(|(name, schema)| (name.clone(), as_object(schema))).collect::<Map<_, _>>().into()
            }
            (_, data) => data.clone(),
        };
        (keyword.clone(), value)
    });
    written.collect()
}

fn as_object(schema: &Value) -> Value {
    match schema {
        Value::Object(schema) => without_booleans(schema).into(),
        Value::Bool(true) => Map::new().into(),
        Value::Bool(false) => Map::from_iter([("not".to_owned(), Map::new().into())]).into(),
        // What is no schema: the names in `dependencies`, or a mistake that is the author's to see.
        other => other.clone(),
    }
}

/// An object without members has them written all the same: some model providers refuse a tool whose schema has none.
fn with_properties(schema: &Schema) -> Schema {
    let mut map = schema.as_map().clone();
    let is_closed = ["$ref", "properties", "allOf", "anyOf", "oneOf"].iter().any(|keyword| map.contains_key(*keyword));
    if !is_closed && map.get("type").is_some_and(|kind| kind == "object") {
        map.insert("properties".to_owned(), Map::new().into());
    }
    Schema::from(map)
}

fn inlined(schema: &Schema) -> Schema {
    let mut writer = Writer { root: schema.as_map(), open: Vec::new(), written: 0 };
    let mut whole = writer.schema(schema.as_map());
    whole.shift_remove("$defs");
    whole.shift_remove("definitions");
    Schema::from(whole)
}

struct Writer<'a> {
    root: &'a Map<String, Value>,
    /// The references that are being written out.
    open: Vec<&'a str>,
    written: usize,
}

impl<'a> Writer<'a> {
    fn schema(&mut self, schema: &'a Map<String, Value>) -> Map<String, Value> {
        self.written += 1;
        if self.written > MOST {
            return Map::new();
        }
        let mut out = Map::new();
        for (keyword, value) in schema {
            if !matches!(keyword.as_str(), "$ref" | "$defs" | "definitions") {
                out.insert(keyword.clone(), self.keyword(holds(keyword), value).into_owned());
            }
        }
        // Last, so that it is known what stands beside it.
        if let Some(Value::String(target)) = schema.get("$ref") {
            self.refer(target, &mut out);
        }
        one_type(out)
    }

    fn keyword(&mut self, holds: Option<Holds>, value: &'a Value) -> Cow<'a, Value> {
        match (holds, value) {
            (Some(Holds::Schema(_) | Holds::Schemas(_)), Value::Object(schema)) => {
                Cow::Owned(self.schema(schema).into())
            }
            (Some(Holds::Schemas(_)), Value::Array(schemas)) => {
                Cow::Owned(schemas.iter().map(|schema| self.any(schema)).collect())
            }
            (Some(Holds::Named(_)), Value::Object(schemas)) => {
                let named = schemas.iter().map(|(name, schema)| (name.clone(), self.any(schema)));
                Cow::Owned(named.collect::<Map<_, _>>().into())
            }
            (_, value) => Cow::Borrowed(value),
        }
    }

    fn any(&mut self, schema: &'a Value) -> Value {
        match schema {
            Value::Object(schema) => self.schema(schema).into(),
            other => other.clone(),
        }
    }

    /// Writes what a reference leads to. What stands beside the reference holds as well.
    fn refer(&mut self, target: &'a str, out: &mut Map<String, Value>) {
        let pointer = target.strip_prefix('#').unwrap_or(target);
        let found = match pointer {
            "" => Some(self.root),
            pointer => find(self.root, pointer),
        };
        let Some(found) = found.filter(|_| !self.open.contains(&target)) else { return };
        self.open.push(target);
        let mut written = self.schema(found);
        self.open.pop();
        for about in ABOUT.iter().filter(|about| out.contains_key(**about)) {
            written.shift_remove(*about);
        }
        if written.keys().any(|keyword| out.contains_key(keyword)) {
            match out.entry("allOf").or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(all) => all.push(written.into()),
                other => *other = Value::Array(vec![written.into()]),
            }
        } else {
            out.extend(written);
        }
    }
}

fn find<'a>(root: &'a Map<String, Value>, pointer: &str) -> Option<&'a Map<String, Value>> {
    let mut steps = pointer.strip_prefix('/')?.split('/').map(|step| step.replace("~1", "/").replace("~0", "~"));
    let first = root.get(&steps.next()?)?;
    steps.try_fold(first, |at, step| at.get(step))?.as_object()
}

/// What says something about a value, and nothing about which values there are.
const ABOUT: [&str; 4] = ["title", "description", "default", "examples"];

/// Replaces a list of types by alternatives of one type each. What else the schema says stays with each of them.
fn one_type(mut schema: Map<String, Value>) -> Map<String, Value> {
    let Some(Value::Array(kinds)) = schema.get("type").cloned() else { return schema };
    schema.shift_remove("type");
    let mut outer = Map::new();
    for about in ABOUT {
        outer.extend(schema.shift_remove(about).map(|value| (about.to_owned(), value)));
    }
    let alternatives = kinds.into_iter().map(|kind| {
        let is_null = kind == "null";
        let mut alternative = Map::from_iter([("type".to_owned(), kind)]);
        let says =
            |keyword: &str| !is_null || matches!(keyword, "enum" | "const" | "not" | "allOf" | "anyOf" | "oneOf");
        alternative.extend(schema.iter().filter(|(keyword, _)| says(keyword)).map(|(k, v)| (k.clone(), v.clone())));
        Value::Object(alternative)
    });
    outer.insert("anyOf".into(), alternatives.collect());
    outer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Clients throw away a whole list for one schema that is no object.
    #[test]
    fn lists_show_no_schema_that_is_no_object_but_where_everybody_knows_it() {
        let shown = |schema: Value| {
            let Value::Object(map) = schema else { unreachable!() };
            Value::Object(readable(&Schema::from(map)).as_map().clone())
        };
        let schema = json!({"type": "object", "additionalProperties": false, "unevaluatedProperties": true,
            "properties": {"any": true, "none": false, "deep": {"items": true, "enum": [true], "default": false}},
            "anyOf": [true, {"not": false}], "$defs": {"any": true}, "if": true,
            "dependencies": {"a": ["b"], "c": true}, "const": {"properties": {"x": true}}});
        let expected = json!({"type": "object", "additionalProperties": false, "unevaluatedProperties": true,
            "properties": {"any": {}, "none": {"not": {}}, "deep": {"items": {}, "enum": [true], "default": false}},
            "anyOf": [{}, {"not": {"not": {}}}], "$defs": {"any": {}}, "if": {},
            "dependencies": {"a": ["b"], "c": {}}, "const": {"properties": {"x": true}}});
        assert_eq!(shown(schema), expected);
    }

    #[test]
    fn an_object_without_members_says_so() {
        let with = |schema: Value| {
            let Value::Object(map) = schema else { unreachable!() };
            Value::Object(with_properties(&Schema::from(map)).as_map().clone())
        };
        let closed = with(json!({"type": "object", "additionalProperties": false}));
        assert_eq!(closed, json!({"type": "object", "additionalProperties": false, "properties": {}}));
        let referring = json!({"type": "object", "$ref": "#/$defs/a", "$defs": {"a": {}}});
        assert_eq!(with(referring.clone()), referring);
    }

    fn shown(schema: Value) -> Value {
        Value::Object(inlined(&Schema::try_from(schema).unwrap()).as_map().clone())
    }

    #[test]
    fn references_are_written_out_and_types_stand_alone() {
        let schema = json!({"type": "object", "$defs": {"n": {"type": ["integer", "null"], "minimum": 1}}, "properties": {
            "a": {"$ref": "#/$defs/n", "description": "An a."},
            "$ref": {"type": "string", "default": {"$ref": "#/$defs/n"}},
            "both": {"$ref": "#/$defs/n", "anyOf": [true]},
        }});
        let n = json!([{"type": "integer", "minimum": 1}, {"type": "null"}]);
        let expected = json!({"type": "object", "properties": {
            "a": {"description": "An a.", "anyOf": n},
            "$ref": {"type": "string", "default": {"$ref": "#/$defs/n"}},
            "both": {"anyOf": [true], "allOf": [{"anyOf": n}]},
        }});
        assert_eq!(shown(schema), expected);
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        let inner = json!({"type": "object", "properties": {"next": {}}});
        assert_eq!(shown(schema), json!({"type": "object", "properties": {"next": inner}}));
        let mut defs = Map::new();
        for level in 0..40 {
            let next = json!({"$ref": format!("#/$defs/{}", level + 1)});
            defs.insert(level.to_string(), json!({"properties": {"a": next, "b": next}}));
        }
        defs.insert("40".into(), json!({}));
        assert!(shown(json!({"$ref": "#/$defs/0", "$defs": defs})).to_string().len() < 1 << 20);
    }
}
