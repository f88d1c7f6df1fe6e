//! Arguments that a tool wants mirrored into headers, so that proxies can route by them (2026-07-28,
//! basic/transports/streamable-http, "Custom Headers from Tool Parameters", "Schema Extension", "Value Encoding";
//! 2026-07-28, server/tools, "x-mcp-header"; SEP-2243: Client Behavior).

use std::{borrow::Cow, collections::HashSet};

use serde_json::{Map, Value};

use super::value::{decode_value, encode_value};
use crate::{
    decimal::Decimal,
    json::{RawJson, Repeated, member, unescape},
    schema::Schema,
};

const ANNOTATION: &str = "x-mcp-header";
const PREFIX: &str = "mcp-param-";

/// The most bytes of a name; no header could carry names without end.
const LONGEST: usize = 256;

/// What one tool wants mirrored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mirror {
    arguments: Vec<Argument>,
}

/// One argument by its path of `properties`, and the name of its header.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Argument {
    path: Vec<String>,
    header: String,
}

/// The header of one argument of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirrored<'a> {
    /// The header's name, in lower case.
    pub header: &'a str,
    /// Its value, encoded where it must be.
    pub value: String,
}

impl Mirror {
    /// Reads the annotations of an input schema.
    ///
    /// # Errors
    ///
    /// What is wrong with an annotation that is not allowed: the whole tool is then not to be used (2026-07-28,
    /// server/tools, "x-mcp-header").
    pub fn of(schema: &Schema) -> Result<Self, &'static str> {
        let mut found = Found::default();
        found.schema(schema.as_map(), Some(&mut Vec::new()))?;
        Ok(Self { arguments: found.arguments })
    }

    /// Whether nothing is mirrored.
    pub fn is_empty(&self) -> bool {
        self.arguments.is_empty()
    }

    /// The headers of a call. What is absent, or no string, integer or boolean, has none (2026-07-28,
    /// basic/transports/streamable-http, "Schema Extension", "Value Encoding").
    pub fn headers(&self, arguments: &RawJson) -> Vec<Mirrored<'_>> {
        let mirrored = self.arguments.iter().filter_map(|argument| {
            let value = plain(argument.find(arguments.as_str()).ok()??)?;
            Some(Mirrored { header: &argument.header, value: encode_value(&value).into_owned() })
        });
        mirrored.collect()
    }

    /// Checks the headers of a call against its arguments. `values` gives the values of a header by its name;
    /// a value that is not text is `None`.
    ///
    /// # Errors
    ///
    /// Which header does not say what the arguments say, and why (2026-07-28, server/tools, "x-mcp-header"; 2026-07-28,
    /// basic/transports/streamable-http, "Server Behavior for Custom Headers").
    pub fn check<'h, I>(&self, arguments: &RawJson, values: impl Fn(&str) -> I) -> Result<(), String>
    where
        I: Iterator<Item = Option<&'h str>>,
    {
        for argument in &self.arguments {
            argument
                .check(argument.find(arguments.as_str()), values(&argument.header))
                .map_err(|what| format!("{} {what}", argument.header))?;
        }
        Ok(())
    }
}

impl Argument {
    /// The text of the argument in a call; `None` if it is absent.
    fn find<'a>(&self, arguments: &'a str) -> Result<Option<&'a str>, Repeated> {
        self.path.iter().try_fold(Some(arguments), |value, key| match value {
            Some(value) => member(value, key),
            None => Ok(None),
        })
    }

    fn check<'h>(
        &self,
        expected: Result<Option<&str>, Repeated>,
        mut values: impl Iterator<Item = Option<&'h str>>,
    ) -> Result<(), &'static str> {
        let value = match (values.next(), values.next()) {
            (_, Some(_)) => return Err("stands more than once"),
            (Some(None), None) => return Err("is not plain ASCII"),
            (Some(Some(value)), None) => Some(value),
            (None, None) => None,
        };
        let expected = expected.map_err(|Repeated| "belongs to an argument that stands more than once")?;
        match (expected.filter(|expected| *expected != "null"), value) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err("is there, its argument is not"),
            (Some(expected), _) if is_beyond_exact(expected) => Err("belongs to an integer beyond 2^53 - 1"),
            // What is none of the three is refused with the arguments.
            (Some(expected), None) if plain(expected).is_none() => Ok(()),
            (Some(_), None) => Err("is missing, its argument is not"),
            (Some(expected), Some(value)) => {
                let value =
                    decode_value(value.trim_matches([' ', '\t'])).map_err(|_| "is not valid base64 of UTF-8")?;
                if says(&value, expected) { Ok(()) } else { Err("says something else than its argument") }
            }
        }
    }
}

/// A JSON value as its header spells it; `None` for what has no header.
fn plain(value: &str) -> Option<Cow<'_, str>> {
    match value {
        "true" | "false" => Some(Cow::Borrowed(value)),
        text if text.starts_with('"') => Some(unescape(text)),
        number => Decimal::parse(number)?.to_integer(LONGEST).map(Cow::Owned),
    }
}

/// The largest integer that every peer can hold, 2^53 - 1 (2026-07-28, server/tools, "x-mcp-header").
const EXACT: &str = "9007199254740991";

/// Whether a JSON value is an integer that some peer on the way would read as another.
fn is_beyond_exact(value: &str) -> bool {
    let size = value.strip_prefix('-').unwrap_or(value);
    Decimal::parse(size).filter(Decimal::is_integer) > Decimal::parse(EXACT)
}

/// Whether a header's text says a JSON value. Numbers are compared as numbers: `42.0` says 42 (2026-07-28,
/// basic/transports/streamable-http, "Server Behavior for Custom Headers"). One that is no integer is the fault of the
/// arguments, not of the header that repeats it.
fn says(text: &str, value: &str) -> bool {
    match Decimal::parse(value) {
        Some(number) => Decimal::parse(text) == Some(number),
        None => plain(value).is_some_and(|meant| meant == text),
    }
}

/// The annotations of a schema while it is walked.
#[derive(Default)]
struct Found {
    arguments: Vec<Argument>,
    names: HashSet<String>,
}

impl Found {
    /// Walks a schema. `path` is how the calls' arguments reach it, if every call reaches it the same way (2026-07-28,
    /// basic/transports/streamable-http, "Schema Extension").
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

    /// Held to 2026-07-28, server/tools, "x-mcp-header".
    fn annotation(&mut self, name: &Value, kind: Option<&Value>, path: Vec<String>) -> Result<(), &'static str> {
        let name = name.as_str().filter(|name| !name.is_empty()).ok_or("it is no name")?;
        if !name.bytes().all(is_token) || name.len() > LONGEST {
            return Err("it is no name of a header");
        }
        let name = format!("{PREFIX}{}", name.to_ascii_lowercase());
        if !self.names.insert(name.clone()) {
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
        self.arguments.push(Argument { path, header: name });
        Ok(())
    }
}

/// What a header's name is made of (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mirror(schema: Value) -> Result<Mirror, &'static str> {
        Mirror::of(&Schema::try_from(schema).unwrap())
    }

    /// Held to 2026-07-28, basic/transports/streamable-http, "Custom Headers from Tool Parameters", "Schema Extension",
    /// "Value Encoding"; SEP-2243: Client Behavior.
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
            "deep": {"n": -7.0, "yes": true, "no": "as it is", "none": null}});
        let headers = mirror.headers(&RawJson::from_value(&arguments).unwrap());
        let mut seen: Vec<_> = headers.iter().map(|Mirrored { header, value }| format!("{header}: {value}")).collect();
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

    /// Held to 2026-07-28, server/tools, "x-mcp-header"; 2026-07-28, basic/transports/streamable-http, "Schema
    /// Extension".
    #[test]
    fn annotations_that_are_not_allowed_are_refused() {
        let property = |property: Value| json!({"type": "object", "properties": {"a": property}});
        for name in
            [json!(""), json!("a b"), json!("A\r\nX:"), json!("ü"), json!("a".repeat(257)), json!(7), json!(null)]
        {
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

    /// Held to 2026-07-28, basic/transports/streamable-http, "Value Encoding", "Server Behavior for Custom Headers";
    /// SEP-2243: Server Behavior.
    #[test]
    fn headers_must_say_what_the_arguments_say() {
        let mirror = mirror(json!({"properties": {
            "text": {"type": "string", "x-mcp-header": "Text"},
            "n": {"type": "integer", "x-mcp-header": "N"},
            "yes": {"type": "boolean", "x-mcp-header": "Yes"},
        }}))
        .unwrap();
        let check_text = |arguments: &str, headers: &[(&str, &'static str)]| {
            mirror.check(&serde_json::from_str(arguments).unwrap(), |name| {
                let name = name.to_owned();
                headers.iter().filter(move |(header, _)| *header == name).map(|(_, value)| Some(*value))
            })
        };
        let check = |arguments: Value, headers: &[(&str, &'static str)]| check_text(&arguments.to_string(), headers);
        let text = "mcp-param-text";
        assert!(check(json!({}), &[]).is_ok());
        assert!(check(json!({"text": null}), &[]).is_ok());
        assert!(check(json!({"text": "a"}), &[(text, " a ")]).is_ok());
        assert!(check(json!({"text": "ü"}), &[(text, "=?base64?w7w=?=")]).is_ok());
        assert!(check(json!({"text": "=?BASE64?w7w=?="}), &[(text, "=?BASE64?w7w=?=")]).is_ok());
        assert!(check(json!({"n": 42, "yes": true}), &[("mcp-param-n", "42.0"), ("mcp-param-yes", "true")]).is_ok());
        assert!(check(json!({"n": 42.0}), &[("mcp-param-n", "42")]).is_ok());
        assert!(check(json!({"n": -0.0}), &[("mcp-param-n", "0")]).is_ok());
        assert!(check(json!({"n": 1e3}), &[("mcp-param-n", "1e3")]).is_ok());
        // What another argument is does not matter, and a number that is no integer is refused with the arguments.
        assert!(check_text(r#"{"x": 1e400, "n": 7}"#, &[("mcp-param-n", "7")]).is_ok());
        assert!(check_text(r#"{"x": 1e400, "n": 7}"#, &[("mcp-param-n", "8")]).is_err());
        assert!(check_text(r#"{"x": 1e400, "n": 7}"#, &[]).is_err());
        assert!(check(json!({"n": 1.5}), &[("mcp-param-n", "1.5")]).is_ok());
        assert!(check(json!({"n": 1.5}), &[("mcp-param-n", "1.25")]).is_err());
        assert!(check(json!({"n": 1.5}), &[]).is_ok());
        assert!(check_text(r#"{"n": 1e400}"#, &[("mcp-param-n", "1e400")]).is_err());
        assert!(check_text(r#"{"text": "a", "text": "b"}"#, &[(text, "b")]).is_err());
        for (arguments, headers) in [
            (json!({"text": "a"}), vec![]),
            (json!({"text": "a"}), vec![(text, "b")]),
            (json!({"text": "a"}), vec![(text, "a"), (text, "a")]),
            (json!({}), vec![(text, "a")]),
            (json!({"text": null}), vec![(text, "")]),
            (json!({"text": "ü"}), vec![(text, "=?base64?w7w?=")]),
            (json!({"text": "ü"}), vec![(text, "=?base64?@@?=")]),
            (json!({"n": 42}), vec![("mcp-param-n", "43")]),
            (json!({"n": 42}), vec![("mcp-param-n", "42.5")]),
            (json!({"n": 42.0}), vec![]),
            (json!({"n": 9_007_199_254_740_992_i64}), vec![("mcp-param-n", "9007199254740992")]),
            (json!({"n": 9_007_199_254_740_993_i64}), vec![("mcp-param-n", "9007199254740992")]),
            (json!({"n": 9_007_199_254_740_993_i64}), vec![("mcp-param-n", "9007199254740992.0")]),
            (json!({"n": 42}), vec![("mcp-param-n", "forty-two")]),
            (json!({"yes": true}), vec![("mcp-param-yes", "TRUE")]),
        ] {
            assert!(check(arguments.clone(), &headers).is_err(), "{arguments} {headers:?}");
        }
    }
}
