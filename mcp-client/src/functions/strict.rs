//! Schemas for OpenAI's strict mode: every member required, nothing open, a subset of the keywords.

use serde_json::{Map, Value, json};

use super::{
    note::{Note, below},
    refs::pointed_to,
};

/// Keywords that are taken as they are.
const KEPT: [&str; 12] = [
    "type",
    "title",
    "description",
    "enum",
    "pattern",
    "multipleOf",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
];
const FORMATS: [&str; 9] = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
/// Keywords without which a schema means something wider than its strict form could say.
const BEYOND: [&str; 3] = ["prefixItems", "patternProperties", "$dynamicRef"];

/// The schema in its strict form, or why it has none.
pub(super) fn strict(schema: &Value, at: &str, notes: &mut Vec<Note>) -> Result<Value, Note> {
    let mut writer = Writer { root: schema, notes: Vec::new() };
    let written = writer.schema(schema, at, true)?;
    notes.append(&mut writer.notes);
    Ok(written)
}

struct Writer<'a> {
    root: &'a Value,
    notes: Vec<Note>,
}

impl Writer<'_> {
    fn note(&mut self, at: &str, message: &str) {
        self.notes.push(Note::new(at, message));
    }

    fn schema(&mut self, schema: &Value, at: &str, root: bool) -> Result<Value, Note> {
        let Some(map) = schema.as_object() else { return Err(Note::new(at, "takes anything")) };
        if map.contains_key("$ref") {
            return self.reference(map, at);
        }
        let mut out = Map::new();
        let mut hints = Vec::new();
        for (keyword, value) in map {
            let here = below(at, keyword);
            match keyword.as_str() {
                "properties" | "required" | "additionalProperties" => {}
                kept if KEPT.contains(&kept) => {
                    out.insert(keyword.clone(), value.clone());
                }
                "format" if value.as_str().is_some_and(|format| FORMATS.contains(&format)) => {
                    out.insert(keyword.clone(), value.clone());
                }
                "const" => {
                    out.insert("enum".into(), json!([value]));
                    self.note(&here, "written as an `enum` of one");
                }
                "items" => {
                    out.insert("items".into(), self.schema(value, &here, false)?);
                }
                "anyOf" | "oneOf" if root || out.contains_key("anyOf") => {
                    return Err(Note::new(here, "is a choice where strict mode takes none"));
                }
                "anyOf" | "oneOf" => {
                    out.insert("anyOf".into(), self.branches(value, &here)?);
                    if keyword == "oneOf" {
                        self.note(&here, "written as `anyOf`");
                    }
                }
                "allOf" => self.all_of(value, &here, &mut out)?,
                "$defs" | "definitions" if root => self.definitions(value, &here, &mut out)?,
                beyond if BEYOND.contains(&beyond) => {
                    return Err(Note::new(here, "cannot be said in strict mode"));
                }
                _ => self.left_out(keyword, value, &here, &mut hints),
            }
        }
        describe(&mut out, &hints);
        self.typed(map, at, root, &mut out)?;
        Ok(Value::Object(out))
    }

    /// A keyword that the API does not take; the model reads of it in the description.
    fn left_out(&mut self, keyword: &str, value: &Value, here: &str, hints: &mut Vec<String>) {
        if keyword.starts_with('$') {
            self.note(here, "left out");
        } else {
            hints.push(format!("{keyword}: {value}"));
            self.note(here, "moved into the description: strict mode does not take it");
        }
    }

    fn reference(&mut self, map: &Map<String, Value>, at: &str) -> Result<Value, Note> {
        let here = below(at, "$ref");
        let target = map.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let known = pointed_to(target, self.root).is_some();
        let name = target.strip_prefix("#/$defs/").or_else(|| target.strip_prefix("#/definitions/"));
        let reference = match name {
            Some(name) if known && !name.contains('/') => json!({"$ref": format!("#/$defs/{name}")}),
            _ if target == "#" => json!({"$ref": "#"}),
            _ => return Err(Note::new(here, "refers to something other than a definition of this schema")),
        };
        let mut out = Map::new();
        let mut hints = Vec::new();
        for (keyword, value) in map.iter().filter(|(keyword, _)| *keyword != "$ref") {
            match keyword.as_str() {
                "title" | "description" => {
                    out.insert(keyword.clone(), value.clone());
                }
                "properties" | "anyOf" | "oneOf" | "allOf" | "items" | "$defs" | "definitions" => {
                    return Err(Note::new(
                        below(at, keyword),
                        "stands beside a reference, which strict mode does not take",
                    ));
                }
                _ => self.left_out(keyword, value, &below(at, keyword), &mut hints),
            }
        }
        describe(&mut out, &hints);
        if out.is_empty() {
            return Ok(reference);
        }
        out.insert("anyOf".into(), json!([reference]));
        Ok(Value::Object(out))
    }

    fn branches(&mut self, value: &Value, at: &str) -> Result<Value, Note> {
        let branches = value.as_array().into_iter().flatten().enumerate();
        let written: Result<Vec<_>, _> =
            branches.map(|(index, branch)| self.schema(branch, &below(at, &index.to_string()), false)).collect();
        Ok(Value::Array(written?))
    }

    /// Several parts at once cannot be said; a single one is what it wraps.
    fn all_of(&mut self, value: &Value, at: &str, out: &mut Map<String, Value>) -> Result<(), Note> {
        let Some([part]) = value.as_array().map(Vec::as_slice) else {
            return Err(Note::new(at, "has several parts at once, which strict mode does not take"));
        };
        match self.schema(part, &below(at, "0"), false)? {
            Value::Object(part)
                if !part.contains_key("$ref") && part.keys().all(|keyword| !out.contains_key(keyword)) =>
            {
                out.extend(part);
            }
            part if !out.contains_key("anyOf") => {
                out.insert("anyOf".into(), json!([part]));
            }
            _ => return Err(Note::new(at, "stands beside a choice, which strict mode does not take")),
        }
        self.note(at, "written as what it wraps");
        Ok(())
    }

    fn definitions(&mut self, value: &Value, at: &str, out: &mut Map<String, Value>) -> Result<(), Note> {
        let mut written = match out.shift_remove("$defs") {
            Some(Value::Object(already)) => already,
            _ => Map::new(),
        };
        for (name, schema) in value.as_object().into_iter().flatten() {
            written.insert(name.clone(), self.schema(schema, &below(at, name), false)?);
        }
        out.insert("$defs".into(), Value::Object(written));
        if at.ends_with("/definitions") {
            self.note(at, "written as `$defs`");
        }
        Ok(())
    }

    /// Sees to it that a type is said, and closes objects.
    fn typed(
        &mut self,
        map: &Map<String, Value>,
        at: &str,
        root: bool,
        out: &mut Map<String, Value>,
    ) -> Result<(), Note> {
        if !out.contains_key("type") && (root || map.contains_key("properties")) {
            out.insert("type".into(), "object".into());
            self.note(at, "said to be an object");
        }
        if !["type", "anyOf", "enum"].iter().any(|keyword| out.contains_key(*keyword)) {
            return Err(Note::new(at, "takes anything"));
        }
        if says(out, "array") && !out.contains_key("items") {
            return Err(Note::new(at, "is a list of anything"));
        }
        if says(out, "object") { self.object(map, at, root, out) } else { Ok(()) }
    }

    fn object(
        &mut self,
        map: &Map<String, Value>,
        at: &str,
        root: bool,
        out: &mut Map<String, Value>,
    ) -> Result<(), Note> {
        let none = Map::new();
        let properties = map.get("properties").and_then(Value::as_object).unwrap_or(&none);
        match map.get("additionalProperties") {
            Some(Value::Bool(false)) => {}
            None if root || !properties.is_empty() => {
                self.note(at, "closed: strict mode takes no members beside the named ones");
            }
            _ => return Err(Note::new(at, "has members of any name, which strict mode does not take")),
        }
        let mut written = Map::new();
        for (name, schema) in properties {
            let here = below(&below(at, "properties"), name);
            let mut member = self.schema(schema, &here, false)?;
            if !requires(map, name) {
                member = or_null(member);
                self.note(
                    &here,
                    "required, and null stands for its absence: `Functions::arguments` takes such nulls out",
                );
            }
            written.insert(name.clone(), member);
        }
        out.insert("required".into(), written.keys().cloned().collect());
        out.insert("properties".into(), Value::Object(written));
        out.insert("additionalProperties".into(), false.into());
        Ok(())
    }
}

/// Whether a schema's `required` names a member.
pub(super) fn requires(schema: &Map<String, Value>, name: &str) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|required| required.iter().any(|one| one == name))
}

/// Whether a type is among those that the schema says.
fn says(schema: &Map<String, Value>, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        Some(one) => one == kind,
        None => false,
    }
}

/// Adds to a description what the API does not take otherwise.
pub(super) fn describe(out: &mut Map<String, Value>, hints: &[String]) {
    if hints.is_empty() {
        return;
    }
    let said = out.get("description").and_then(Value::as_str).unwrap_or_default();
    let space = if said.is_empty() { "" } else { " " };
    let said = format!("{said}{space}({})", hints.join(", "));
    out.insert("description".into(), said.into());
}

/// The same, or null.
fn or_null(schema: Value) -> Value {
    let Value::Object(mut map) = schema else { return schema };
    if map.contains_key("$ref") {
        return json!({"anyOf": [map, {"type": "null"}]});
    }
    match map.get_mut("type") {
        Some(Value::Array(kinds)) if !kinds.iter().any(|kind| kind == "null") => kinds.push("null".into()),
        Some(kind @ Value::String(_)) if *kind != "null" => *kind = json!([kind.clone(), "null"]),
        _ => {}
    }
    if let Some(Value::Array(options)) = map.get_mut("enum")
        && !options.contains(&Value::Null)
    {
        options.push(Value::Null);
    }
    if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
        branches.push(json!({"type": "null"}));
    }
    Value::Object(map)
}
