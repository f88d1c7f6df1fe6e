//! Arguments that a tool wants mirrored into headers, so that proxies can route by them (HDR-012 to HDR-021).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mcp_core::{
    header::{ARGUMENT_ANNOTATION, MirroredArgument, encode_value, mirrored_arguments},
    json::RawJson,
    model::Tool,
    schema::Schema,
};
use serde_json::{Number, Value};

use crate::http::{HeaderMap, HeaderName, HeaderValue};

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
                    tracing::warn!(
                        tool = tool.name,
                        reason,
                        "a tool's {ARGUMENT_ANNOTATION} is not allowed: it is left out"
                    );
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
    arguments: Vec<(HeaderName, MirroredArgument)>,
}

impl Mirror {
    fn of(schema: &Schema) -> Result<Self, &'static str> {
        let named = |argument: MirroredArgument| match HeaderName::from_bytes(argument.header().as_bytes()) {
            Ok(name) => Ok((name, argument)),
            Err(_) => Err("it is no name of a header"),
        };
        Ok(Self { arguments: mirrored_arguments(schema)?.into_iter().map(named).collect::<Result<_, _>>()? })
    }

    /// Adds the headers of a call. What is absent, or no string, integer or boolean, has none
    /// (HDR-013, HDR-014).
    pub(super) fn write(&self, arguments: &RawJson, headers: &mut HeaderMap) {
        let Ok(arguments) = arguments.parse::<Value>() else { return };
        for (header, argument) in &self.arguments {
            let text = match argument.value(&arguments) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Bool(truth)) => truth.to_string(),
                Some(Value::Number(number)) => match integer(number) {
                    Some(integer) => integer,
                    None => continue,
                },
                _ => continue,
            };
            if let Ok(value) = HeaderValue::from_str(&encode_value(&text)) {
                headers.insert(header.clone(), value);
            }
        }
    }
}

/// An integer in decimal, also if it was written as `42.0`.
fn integer(number: &Number) -> Option<String> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64().filter(|_| number.is_f64()) {
        None => Some(number.to_string()),
        Some(float) => (float.fract() == 0.0 && float.abs() < EXACT).then(|| (float as i64).to_string()),
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
            "deep": {"n": -7.0, "yes": true, "no": "as it is", "none": null}});
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
}
