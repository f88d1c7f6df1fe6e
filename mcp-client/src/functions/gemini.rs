//! Schemas for Gemini: OpenAPI 3.0's in part, without references.

use serde_json::{Map, Value, json};

use super::{
    note::{Note, below},
    refs::resolved,
    strict::describe,
};

/// Deepest nesting that is written: a definition that contains itself has no end.
const DEPTH: usize = 16;
/// Most schemas that one function may have once its references are written out: they can multiply at each level.
const SCHEMAS: usize = 2000;
/// Keywords that are taken as they are.
const KEPT: [&str; 12] = [
    "title",
    "description",
    "pattern",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minProperties",
    "maxProperties",
    "required",
];
const FORMATS: [&str; 7] = ["date-time", "enum", "int32", "int64", "float", "double", "byte"];

/// The schema of the parameters; `None` if there are none.
pub(super) fn gemini(schema: &Value, at: &str, notes: &mut Vec<Note>) -> Option<Value> {
    let written = Writer { root: schema, notes, count: 0 }.schema(schema, at, 0);
    let has_members = written.get("properties").and_then(Value::as_object).is_some_and(|members| !members.is_empty());
    has_members.then_some(written)
}

struct Writer<'a> {
    root: &'a Value,
    notes: &'a mut Vec<Note>,
    count: usize,
}

impl Writer<'_> {
    fn note(&mut self, at: &str, message: &str) {
        self.notes.push(Note::new(at, message));
    }

    fn schema(&mut self, schema: &Value, at: &str, depth: usize) -> Value {
        self.count += 1;
        if depth > DEPTH || self.count > SCHEMAS {
            self.note(at, "cut off, and said to be an object: written out without references it would have no end");
            return json!({"type": "OBJECT"});
        }
        let whole = self.inlined(schema, at);
        let mut out = Map::new();
        let mut hints = Vec::new();
        for (keyword, value) in &whole {
            let here = below(at, keyword);
            match keyword.as_str() {
                "type" => self.kind(value, &here, &mut out),
                kept if KEPT.contains(&kept) => {
                    out.insert(keyword.clone(), value.clone());
                }
                "format" if value.as_str().is_some_and(|format| FORMATS.contains(&format)) => {
                    out.insert(keyword.clone(), value.clone());
                }
                "properties" => {
                    let members = value.as_object().into_iter().flatten();
                    let written: Map<_, _> = members
                        .map(|(name, schema)| (name.clone(), self.schema(schema, &below(&here, name), depth + 1)))
                        .collect();
                    out.insert("properties".into(), Value::Object(written));
                }
                "items" => {
                    out.insert("items".into(), self.schema(value, &here, depth + 1));
                }
                "anyOf" | "oneOf" => self.choice(value, &here, depth, &mut out),
                "enum" => self.options(value.as_array().map_or(&[], Vec::as_slice), &here, &mut out, &mut hints),
                "const" => {
                    self.note(&here, "written as an `enum` of one");
                    self.options(std::slice::from_ref(value), &here, &mut out, &mut hints);
                }
                "$defs" | "definitions" if depth == 0 => {}
                _ if keyword.starts_with('$') => self.note(&here, "left out"),
                "additionalProperties" if value == &json!(false) => {
                    self.note(&here, "left out: the API knows no closed objects; the server still checks it");
                }
                _ => {
                    hints.push(format!("{keyword}: {value}"));
                    self.note(&here, "moved into the description: the API does not take it");
                }
            }
        }
        describe(&mut out, &hints);
        self.typed(at, &mut out);
        Value::Object(out)
    }

    /// The schema with what it refers to, and with the parts that it has at once.
    fn inlined(&mut self, schema: &Value, at: &str) -> Map<String, Value> {
        let mut whole = schema.as_object().cloned().unwrap_or_default();
        if let Some(target) = whole.shift_remove("$ref") {
            self.note(&below(at, "$ref"), "written out: the API takes no references");
            match resolved(&json!({"$ref": target}), self.root).and_then(Value::as_object) {
                Some(target) => target.iter().for_each(|(keyword, value)| {
                    whole.entry(keyword.clone()).or_insert_with(|| value.clone());
                }),
                None => self.note(&below(at, "$ref"), "refers to nothing in this schema"),
            }
        }
        if let Some(parts) = whole.shift_remove("allOf") {
            self.note(&below(at, "allOf"), "merged: the API takes no parts that hold at once");
            for part in parts.as_array().into_iter().flatten() {
                let part = resolved(part, self.root).and_then(Value::as_object).cloned().unwrap_or_default();
                part.into_iter().for_each(|(keyword, value)| merge(&mut whole, keyword, value));
            }
        }
        whole
    }

    /// The first type that is not null; OpenAPI 3.0 says `nullable` for null, and `anyOf` for several.
    fn kind(&mut self, value: &Value, at: &str, out: &mut Map<String, Value>) {
        let upper = |kind: &Value| kind.as_str().map(str::to_ascii_uppercase);
        let Some(kinds) = value.as_array() else {
            if let Some(kind) = upper(value) {
                out.insert("type".into(), kind.into());
            }
            return;
        };
        let mut named: Vec<_> = kinds.iter().filter_map(upper).collect();
        if named.iter().any(|kind| kind == "NULL") {
            named.retain(|kind| kind != "NULL");
            out.insert("nullable".into(), true.into());
            self.note(at, "null is written as `nullable`");
        }
        if let [kind] = named.as_slice() {
            out.insert("type".into(), kind.clone().into());
        } else if !named.is_empty() {
            self.note(at, "written as `anyOf`");
            let parts: Vec<_> = named.iter().map(|kind| json!({"type": kind})).collect();
            out.insert("anyOf".into(), parts.into());
        }
    }

    fn choice(&mut self, value: &Value, at: &str, depth: usize, out: &mut Map<String, Value>) {
        if at.ends_with("/oneOf") {
            self.note(at, "written as `anyOf`");
        }
        let (nulls, parts): (Vec<_>, Vec<_>) = value
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
            .partition(|(_, part)| part.get("type") == Some(&json!("null")));
        if !nulls.is_empty() {
            out.insert("nullable".into(), true.into());
            self.note(at, "null is written as `nullable`");
        }
        let mut written: Vec<_> = parts
            .into_iter()
            .map(|(index, part)| self.schema(part, &below(at, &index.to_string()), depth + 1))
            .collect();
        match (written.pop(), written.is_empty()) {
            (Some(Value::Object(only)), true) => only.into_iter().for_each(|(keyword, value)| {
                out.entry(keyword).or_insert(value);
            }),
            (Some(last), _) => {
                written.push(last);
                out.insert("anyOf".into(), written.into());
            }
            (None, _) => {}
        }
    }

    /// Options are strings; others are told in words.
    fn options(&mut self, values: &[Value], at: &str, out: &mut Map<String, Value>, hints: &mut Vec<String>) {
        let strings: Vec<_> = values.iter().filter(|value| !value.is_null()).collect();
        if strings.len() < values.len() {
            out.insert("nullable".into(), true.into());
        }
        if strings.iter().all(|value| value.is_string()) {
            out.entry("type").or_insert_with(|| "STRING".into());
            out.insert("enum".into(), strings.into_iter().cloned().collect());
        } else {
            hints.push(format!("one of: {}", Value::from(values.to_vec())));
            self.note(at, "moved into the description: the API takes options that are strings only");
        }
    }

    /// A type is always said, unless by the parts of a choice.
    fn typed(&mut self, at: &str, out: &mut Map<String, Value>) {
        if !out.contains_key("type") && !out.contains_key("anyOf") {
            let kind = if out.contains_key("properties") { "OBJECT" } else { "STRING" };
            out.insert("type".into(), kind.into());
            self.note(at, &format!("said to be of the type {kind}: the API takes no schema without a type"));
        }
        if out.get("type") == Some(&json!("ARRAY")) && !out.contains_key("items") {
            out.insert("items".into(), json!({"type": "STRING"}));
            self.note(at, "said to be a list of strings: the API takes no list of anything");
        }
    }
}

/// Adds a keyword of a part that holds besides: members and requirements are joined, of others the first stands.
fn merge(whole: &mut Map<String, Value>, keyword: String, value: Value) {
    match (whole.get_mut(&keyword), value) {
        (Some(Value::Object(already)), Value::Object(more)) => more.into_iter().for_each(|(name, schema)| {
            already.entry(name).or_insert(schema);
        }),
        (Some(Value::Array(already)), Value::Array(more)) => already.extend(more),
        (Some(_), _) => {}
        (None, value) => {
            whole.insert(keyword, value);
        }
    }
}
