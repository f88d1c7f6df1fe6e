//! Forms as every revision writes them that has any, with what only some have as parameters.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::shared::{ObjectWriter, written};
use crate::{
    json::{RawJson, RawObject},
    model::{ElicitUrl, FieldKind, FieldSchema, FormEntry, FormOption, FormSchema, TextFormat},
};

/// How options with a name to show are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Titles {
    /// Each with its own, as `oneOf` or `anyOf` (2025-11-25, schema, "TitledSingleSelectEnumSchema").
    EachItsOwn,
    /// Beside the values, as `enumNames` (2025-06-18, schema, "EnumSchema").
    EnumNames,
}

/// Writes the parameters of a question by a form. `with_mode`: whether they say that it is one.
pub(super) fn write_form(message: &str, form: &FormSchema, titles: Titles, with_mode: bool) -> RawJson {
    written(|params| {
        params.optional("mode", with_mode.then_some("form").as_ref());
        params.value("message", message);
        write_schema(params.key("requestedSchema"), form, titles);
    })
}

/// Writes the parameters of a question by a page to open. `with_id`: whether they name the question.
pub(super) fn write_url(question: &ElicitUrl, with_id: bool) -> RawJson {
    let ElicitUrl { message, url, elicitation_id } = question;
    written(|params| {
        params.value("mode", "url");
        params.value("message", message);
        params.value("url", url);
        params.optional("elicitationId", with_id.then_some(elicitation_id).as_ref());
    })
}

/// Writes the form's schema (2026-07-28, client/elicitation, "Requested Schema").
fn write_schema(out: &mut Vec<u8>, form: &FormSchema, titles: Titles) {
    let mut schema = ObjectWriter::open(out);
    schema.value("type", "object");
    let mut properties = ObjectWriter::open(schema.key("properties"));
    for FormEntry { name, field, .. } in form.entries() {
        write_field(properties.key(name), field, titles);
    }
    properties.close();
    let required: Vec<_> = form.entries().iter().filter(|entry| entry.required).map(|entry| &entry.name).collect();
    schema.optional("required", Some(&required).filter(|required| !required.is_empty()));
    schema.close();
}

fn write_field(out: &mut Vec<u8>, field: &FieldSchema, titles: Titles) {
    let FieldSchema { title, description, kind, enum_names } = field;
    let mut object = ObjectWriter::open(out);
    object.value("type", type_of(kind));
    object.optional("title", title.as_ref());
    object.optional("description", description.as_ref());
    match kind {
        FieldKind::Text { min_length, max_length, format, .. } => {
            object.optional("minLength", min_length.as_ref());
            object.optional("maxLength", max_length.as_ref());
            object.optional("format", format.map(TextFormat::as_str).as_ref());
        }
        FieldKind::Number { min, max, .. } => {
            object.optional("minimum", min.as_ref());
            object.optional("maximum", max.as_ref());
        }
        FieldKind::Integer { min, max, .. } => {
            object.optional("minimum", min.as_ref());
            object.optional("maximum", max.as_ref());
        }
        FieldKind::Boolean { .. } => {}
        FieldKind::OneOf { options, .. } => match has_titles(options) {
            true if titles == Titles::EachItsOwn && !enum_names => object.value("oneOf", &titled(options)),
            has_titles => {
                object.value("enum", &values(options));
                object.optional("enumNames", has_titles.then(|| names(options)).as_ref());
            }
        },
        FieldKind::SeveralOf { options, min_items, max_items, .. } => {
            object.optional("minItems", min_items.as_ref());
            object.optional("maxItems", max_items.as_ref());
            let items = match has_titles(options) {
                true => json!({"anyOf": titled(options)}),
                false => json!({"type": "string", "enum": values(options)}),
            };
            object.value("items", &items);
        }
    }
    if let Some(default) = field.default_value() {
        object.raw("default", &default);
    }
    object.close();
}

fn type_of(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Text { .. } | FieldKind::OneOf { .. } => "string",
        FieldKind::Number { .. } => "number",
        FieldKind::Integer { .. } => "integer",
        FieldKind::Boolean { .. } => "boolean",
        FieldKind::SeveralOf { .. } => "array",
    }
}

fn has_titles(options: &[FormOption]) -> bool {
    options.iter().any(|option| option.title.is_some())
}

fn values(options: &[FormOption]) -> Vec<&str> {
    options.iter().map(|option| option.value.as_str()).collect()
}

fn names(options: &[FormOption]) -> Vec<&str> {
    options.iter().map(FormOption::display_name).collect()
}

fn titled(options: &[FormOption]) -> Vec<Value> {
    options.iter().map(|option| json!({"const": option.value, "title": option.display_name()})).collect()
}

/// The form with each choice of several options taken apart into one yes or no for each, and without the defaults that
/// are no `bool`s: as 2025-06-18 has it (2025-06-18, schema, "PrimitiveSchemaDefinition").
pub(super) fn reduced(form: &FormSchema) -> FormSchema {
    let mut reduced = FormSchema::new();
    for (FormEntry { name, required, field, .. }, parts) in form.entries().iter().zip(parts(form)) {
        let FieldKind::SeveralOf { options, default, .. } = &field.kind else {
            reduced = reduced.with_field(name, *required, without_default(field));
            continue;
        };
        let shown = field.title.as_deref().unwrap_or(name);
        for (option, part) in options.iter().zip(parts) {
            let mut yes_or_no = FieldSchema::boolean().with_title(format!("{shown}: {}", option.display_name()));
            yes_or_no.description.clone_from(&field.description);
            if let Some(default) = default {
                yes_or_no = yes_or_no.with_default(default.contains(&option.value));
            }
            // What is not ticked may be missing.
            reduced = reduced.optional(part, yes_or_no);
        }
    }
    reduced
}

/// The answer to a form that was reduced, as one to the form itself. What does not fit stays, for the form to refuse.
pub(super) fn restored(form: &FormSchema, answer: &RawObject) -> RawObject {
    let mut members = answer.members();
    for (FormEntry { name, field, .. }, parts) in form.entries().iter().zip(parts(form)) {
        let FieldKind::SeveralOf { options, .. } = &field.kind else { continue };
        let mut chosen = Vec::new();
        let mut answered = None;
        for (option, part) in options.iter().zip(parts) {
            let Some(at) = members.iter().rposition(|(key, _)| *key == part) else { continue };
            let (_, value) = members.swap_remove(at);
            match value.as_str() {
                "true" => chosen.push(&option.value),
                "false" | "null" => {}
                // Neither yes nor no: what the form says of a value that is no list, it says of this.
                _ => answered = Some(value.clone()),
            }
            answered = answered.or(Some(RawJson::NULL));
        }
        match answered {
            None => {}
            Some(value) if !value.is_null() => members.push((name.clone(), value)),
            Some(_) => members.extend(RawJson::from_value(&chosen).map(|chosen| (name.clone(), chosen))),
        }
    }
    members.into_iter().collect()
}

/// For each field the names of those that it is taken apart into: one for each option of a choice of several, and none of
/// them the name of anything else.
fn parts(form: &FormSchema) -> Vec<Vec<String>> {
    let mut taken: BTreeSet<String> = form.entries().iter().map(|entry| entry.name.clone()).collect();
    let mut part_of = |name: &str, option: &FormOption| {
        let mut part = format!("{name}.{}", option.value);
        while !taken.insert(part.clone()) {
            part.push('_');
        }
        part
    };
    let parts = form.entries().iter().map(|entry| match &entry.field.kind {
        FieldKind::SeveralOf { options, .. } => options.iter().map(|option| part_of(&entry.name, option)).collect(),
        _ => Vec::new(),
    });
    parts.collect()
}

fn without_default(field: &FieldSchema) -> FieldSchema {
    let mut field = field.clone();
    match &mut field.kind {
        FieldKind::Text { default, .. } | FieldKind::OneOf { default, .. } => *default = None,
        FieldKind::Number { default, .. } => *default = None,
        FieldKind::Integer { default, .. } => *default = None,
        FieldKind::SeveralOf { default, .. } => *default = None,
        FieldKind::Boolean { .. } => {}
    }
    field
}
