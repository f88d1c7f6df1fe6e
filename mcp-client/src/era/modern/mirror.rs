//! Arguments that a tool wants mirrored into headers, so that proxies can route by them (HDR-012 to HDR-021).

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mcp_core::{header::encode_value, json::RawJson, model::Tool, schema::Schema};
use serde_json::{Map, Value};

use crate::http::{HeaderMap, HeaderName, HeaderValue};

const ANNOTATION: &str = "x-mcp-header";
const PREFIX: &str = "mcp-param-";

/// How many tools are remembered; beyond it calls go without such headers.
const TOOLS: usize = 10_000;

/// What is mirrored, for the tools that were listed.
#[derive(Debug, Default)]
pub(super) struct Mirrors(Mutex<HashMap<String, Arc<Mirror>>>);

impl Mirrors {
    /// Learns from a list of tools, and takes out those whose annotations are not allowed (HDR-021).
    pub(super) fn learn(&self, tools: &mut Vec<Tool>) {
        let mut known = self.lock();
        tools.retain(|tool| {
            match Mirror::of(&tool.input_schema) {
                Ok(mirror) if mirror.arguments.is_empty() => {
                    known.remove(&tool.name);
                }
                Ok(mirror) if known.len() < TOOLS => {
                    known.insert(tool.name.clone(), Arc::new(mirror));
                }
                Ok(_) => {}
                Err(reason) => {
                    tracing::warn!(tool = tool.name, reason, "a tool's {ANNOTATION} is not allowed: it is left out");
                    return false;
                }
            }
            true
        });
    }

    /// What the tool `name` wants mirrored, if that is known.
    pub(super) fn of(&self, name: &str) -> Option<Arc<Mirror>> {
        self.lock().get(name).cloned()
    }

    /// Entries under this lock are replaced whole, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Mirror>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one tool wants mirrored.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mirror {
    arguments: Vec<Argument>,
}

/// One argument by its path of `properties`, and its header.
#[derive(Debug, PartialEq, Eq)]
struct Argument {
    path: Vec<String>,
    header: HeaderName,
}

impl Mirror {
    fn of(schema: &Schema) -> Result<Self, &'static str> {
        let mut found = Found::default();
        found.schema(schema.as_map(), Some(&mut Vec::new()))?;
        Ok(Self { arguments: found.arguments })
    }

    /// Adds the headers of a call. What is absent, or no string, integer or boolean, has none
    /// (HDR-013, HDR-014).
    pub(super) fn write(&self, arguments: &RawJson, headers: &mut HeaderMap) {
        let Ok(arguments) = arguments.parse::<Value>() else { return };
        for Argument { path, header } in &self.arguments {
            let value = path.iter().try_fold(&arguments, |value, key| value.get(key));
            let text = match value {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Bool(truth)) => truth.to_string(),
                Some(Value::Number(number)) if !number.is_f64() => number.to_string(),
                _ => continue,
            };
            if let Ok(value) = HeaderValue::from_str(&encode_value(&text)) {
                headers.insert(header.clone(), value);
            }
        }
    }
}

/// The annotations of a schema while it is walked.
#[derive(Default)]
struct Found {
    arguments: Vec<Argument>,
    names: HashSet<String>,
}

impl Found {
    /// Walks a schema. `path` is how the calls' arguments reach it, if every call reaches it the same way (HDR-020).
    fn schema(&mut self, schema: &Map<String, Value>, mut path: Option<&mut Vec<String>>) -> Result<(), &'static str> {
        if let Some(annotation) = schema.get(ANNOTATION) {
            let path = path.as_deref().filter(|path| !path.is_empty());
            let path = path.ok_or("it stands where not every call has a value")?;
            self.annotation(annotation, schema.get("type"), path.clone())?;
        }
        for (keyword, value) in schema {
            match (keyword.as_str(), value) {
                // What stands here is data, however much it looks like a schema.
                ("default" | "examples" | "const" | "enum", _) => {}
                ("properties", Value::Object(properties)) => {
                    for (name, property) in properties {
                        let Value::Object(property) = property else { continue };
                        match path.as_deref_mut() {
                            Some(path) => {
                                path.push(name.clone());
                                self.schema(property, Some(path))?;
                                path.pop();
                            }
                            None => self.schema(property, None)?,
                        }
                    }
                }
                (_, value) => self.elsewhere(value)?,
            }
        }
        Ok(())
    }

    /// Walks whatever else holds schemas, where no annotation is allowed.
    fn elsewhere(&mut self, value: &Value) -> Result<(), &'static str> {
        match value {
            Value::Object(schema) => self.schema(schema, None),
            Value::Array(schemas) => schemas.iter().try_for_each(|schema| self.elsewhere(schema)),
            _ => Ok(()),
        }
    }

    /// HDR-018, HDR-019.
    fn annotation(&mut self, name: &Value, kind: Option<&Value>, path: Vec<String>) -> Result<(), &'static str> {
        let name = name.as_str().filter(|name| !name.is_empty()).ok_or("it is no name")?;
        let name = format!("{PREFIX}{}", name.to_ascii_lowercase());
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "it is no name of a header")?;
        if !self.names.insert(name) {
            return Err("two of them have the same name");
        }
        let primitive = |kind: &Value| matches!(kind.as_str(), Some("string" | "integer" | "boolean"));
        let allowed = match kind {
            Some(Value::Array(kinds)) => {
                kinds.iter().any(primitive) && kinds.iter().all(|kind| primitive(kind) || kind == "null")
            }
            Some(kind) => primitive(kind),
            None => false,
        };
        if !allowed {
            return Err("it stands on something else than a string, an integer or a boolean");
        }
        self.arguments.push(Argument { path, header });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mirror(schema: Value) -> Result<Mirror, &'static str> {
        Mirror::of(&Schema::try_from(schema).unwrap())
    }

    /// HDR-012, HDR-013, HDR-014, HDR-015, HDR-016, HDR-017.
    #[test]
    fn annotated_arguments_become_headers() {
        let mirror = mirror(json!({"type": "object", "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "method": {"type": "string", "x-mcp-header": "Method"},
            "plain": {"type": "string"},
            "x-mcp-header": {"type": "string", "default": {"x-mcp-header": ""}},
            "deep": {"type": "object", "properties": {
                "n": {"type": "integer", "x-mcp-header": "N"},
                "yes": {"type": ["boolean", "null"], "x-mcp-header": "Yes"},
                "no": {"type": "boolean", "x-mcp-header": "No"},
                "none": {"type": "string", "x-mcp-header": "None"},
            }},
        }}))
        .unwrap();
        let arguments = json!({"region": "Hello, 世界", "method": "", "plain": "x", "x-mcp-header": "y",
            "deep": {"n": -7, "yes": true, "no": "as it is", "none": null}});
        let mut headers = HeaderMap::new();
        mirror.write(&RawJson::from_value(&arguments).unwrap(), &mut headers);
        let mut seen: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        seen.sort();
        let expected = [
            "mcp-param-method: ",
            "mcp-param-n: -7",
            "mcp-param-no: as it is",
            "mcp-param-region: =?base64?SGVsbG8sIOS4lueVjA==?=",
            "mcp-param-yes: true",
        ];
        assert_eq!(seen, expected);
    }

    /// HDR-018, HDR-019, HDR-020.
    #[test]
    fn annotations_that_are_not_allowed_are_refused() {
        let property = |property: Value| json!({"type": "object", "properties": {"a": property}});
        for name in [json!(""), json!("a b"), json!("A\r\nX:"), json!("ü"), json!(7), json!(null)] {
            assert!(mirror(property(json!({"type": "string", "x-mcp-header": name}))).is_err(), "{name}");
        }
        for kind in
            [json!("number"), json!("object"), json!("array"), json!("null"), json!(["string", "number"]), json!(null)]
        {
            assert!(mirror(property(json!({"type": kind, "x-mcp-header": "A"}))).is_err(), "{kind}");
        }
        let annotated = json!({"type": "string", "x-mcp-header": "A"});
        let twice = json!({"type": "string", "x-mcp-header": "a"});
        assert!(mirror(json!({"properties": {"a": annotated, "b": twice}})).is_err());
        for elsewhere in [
            property(json!({"type": "array", "items": annotated})),
            property(json!({"prefixItems": [annotated]})),
            property(json!({"anyOf": [{"properties": {"b": annotated}}]})),
            json!({"type": "object", "$defs": {"a": annotated}}),
            json!({"type": "object", "if": {"properties": {"a": annotated}}}),
            json!({"type": "object", "additionalProperties": annotated}),
            json!({"type": "string", "x-mcp-header": "Root"}),
        ] {
            assert!(mirror(elsewhere.clone()).is_err(), "{elsewhere}");
        }
    }
}
