//! Arguments that a tool wants mirrored into headers, so that proxies can route by them (HDR-012 to HDR-020).

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::schema::Schema;

/// The keyword with which the schema of an argument names its header.
pub const ARGUMENT_ANNOTATION: &str = "x-mcp-header";

const PREFIX: &str = "mcp-param-";

const LONGEST: usize = 256;

/// One argument by its path of `properties`, and its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirroredArgument {
    path: Vec<String>,
    header: String,
}

impl MirroredArgument {
    /// The header's name, in lower case.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// The value that is mirrored, if these arguments have it. `null` is as good as none (HDR-013).
    pub fn value<'a>(&self, arguments: &'a Value) -> Option<&'a Value> {
        self.path.iter().try_fold(arguments, |value, key| value.get(key)).filter(|value| !value.is_null())
    }
}

/// The arguments that an input schema wants mirrored.
///
/// # Errors
///
/// If an annotation is not allowed, with a reason that goes on from its name.
pub fn mirrored_arguments(schema: &Schema) -> Result<Vec<MirroredArgument>, &'static str> {
    let mut found = Found::default();
    found.schema(schema.as_map(), Some(&mut Vec::new()))?;
    Ok(found.arguments)
}

/// The annotations of a schema while it is walked.
#[derive(Default)]
struct Found {
    arguments: Vec<MirroredArgument>,
    names: HashSet<String>,
}

impl Found {
    /// Walks a schema. `path` is how the calls' arguments reach it, if every call reaches it the same way (HDR-020).
    fn schema(&mut self, schema: &Map<String, Value>, mut path: Option<&mut Vec<String>>) -> Result<(), &'static str> {
        if let Some(annotation) = schema.get(ARGUMENT_ANNOTATION) {
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
        // The characters of a name (RFC 9110, section 5.6.2), and no name that no header could carry.
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if !name.bytes().all(is_token) || name.len() > LONGEST {
            return Err("it is no name of a header");
        }
        let header = format!("{PREFIX}{}", name.to_ascii_lowercase());
        if !self.names.insert(header.clone()) {
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
        self.arguments.push(MirroredArgument { path, header });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mirror(schema: Value) -> Result<Vec<MirroredArgument>, &'static str> {
        mirrored_arguments(&Schema::try_from(schema).unwrap())
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
