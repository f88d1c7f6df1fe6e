//! The schema of a form, read back into the form that it describes.

use serde::Deserialize;

use crate::{
    json::{RawJson, RawObject},
    model::{FieldKind, FieldSchema, FormOption, FormSchema, TextFormat},
};

/// Reads a form; `None` if its schema says more than forms can (2026-07-28, client/elicitation, "Requested Schema"). What
/// only decorates is passed over, and so is a `pattern`, which one revision's prose has and no schema of the protocol.
pub(super) fn read_form(schema: &RawObject) -> Option<FormSchema> {
    #[derive(Deserialize)]
    struct Wire {
        #[serde(rename = "type")]
        kind: Option<String>,
        #[serde(default)]
        properties: RawObject,
        required: Option<Vec<String>>,
    }
    let Wire { kind, properties, required } = schema.as_raw().parse().ok()?;
    if kind.is_some_and(|kind| kind != "object") {
        return None;
    }
    let required = required.unwrap_or_default();
    let mut form = FormSchema::new();
    for (name, property) in properties.members() {
        let is_required = required.contains(&name);
        form = form.and(name, is_required, read_field(&property)?)?;
    }
    // What must be there and is no field could not be entered.
    required.iter().all(|name| form.get(name).is_some()).then_some(form)
}

/// A property as every kind of field may write it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Property {
    #[serde(rename = "type")]
    kind: String,
    title: Option<String>,
    description: Option<String>,
    min_length: Option<RawJson>,
    max_length: Option<RawJson>,
    format: Option<String>,
    minimum: Option<RawJson>,
    maximum: Option<RawJson>,
    #[serde(rename = "enum")]
    values: Option<Vec<String>>,
    enum_names: Option<Vec<String>>,
    one_of: Option<Vec<Titled>>,
    items: Option<Items>,
    min_items: Option<RawJson>,
    max_items: Option<RawJson>,
    default: Option<RawJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Items {
    #[serde(rename = "enum")]
    values: Option<Vec<String>>,
    any_of: Option<Vec<Titled>>,
    one_of: Option<Vec<Titled>>,
}

#[derive(Deserialize)]
struct Titled {
    #[serde(rename = "const")]
    value: String,
    title: Option<String>,
}

fn read_field(property: &RawJson) -> Option<FieldSchema> {
    let property: Property = property.parse().ok()?;
    let field = match property.kind.as_str() {
        "string" => match options(property.values, property.enum_names, property.one_of) {
            Some(options) => FieldSchema::one_of(options),
            None => {
                let mut field = FieldSchema::text();
                let named = |name: &String| TextFormat::ALL.into_iter().find(|format| format.as_str() == name);
                field.kind = FieldKind::Text {
                    min_length: count(property.min_length)?,
                    max_length: count(property.max_length)?,
                    // A format that this program does not know holds nothing (JSON Schema 2020-12, validation, section 7.1).
                    format: property.format.as_ref().and_then(named),
                    default: None,
                };
                field
            }
        },
        "number" => {
            let mut field = FieldSchema::number();
            let (min, max) = (number(property.minimum)?, number(property.maximum)?);
            field.kind = FieldKind::Number { min, max, default: None };
            field
        }
        "integer" => {
            let mut field = FieldSchema::integer();
            // The whole numbers between two bounds are those between the whole numbers nearest to them.
            let min = number(property.minimum)?.map(|min| min.ceil() as i128);
            let max = number(property.maximum)?.map(|max| max.floor() as i128);
            field.kind = FieldKind::Integer { min, max, default: None };
            field
        }
        "boolean" => FieldSchema::boolean(),
        "array" => {
            let Items { values, any_of, one_of } = property.items?;
            let mut field = FieldSchema::several_of(options(values, None, any_of.or(one_of))?);
            if let FieldKind::SeveralOf { min_items, max_items, .. } = &mut field.kind {
                (*min_items, *max_items) = (count(property.min_items)?, count(property.max_items)?);
            }
            field
        }
        _ => return None,
    };
    let field = FieldSchema { title: property.title, description: property.description, ..field };
    // A default that the field itself does not take is no help to the user.
    let filled_in = property.default.and_then(|default| with_default(field.clone(), &default));
    Some(filled_in.filter(|field| field.check_itself().is_ok()).unwrap_or(field))
}

fn options(
    values: Option<Vec<String>>,
    names: Option<Vec<String>>,
    titled: Option<Vec<Titled>>,
) -> Option<Vec<FormOption>> {
    if let Some(titled) = titled {
        let option = |Titled { value, title }| match title {
            Some(title) => FormOption::titled(value, title),
            None => FormOption::new(value),
        };
        return Some(titled.into_iter().map(option).collect());
    }
    let mut names = names.unwrap_or_default().into_iter();
    let option = |value| match names.next() {
        Some(name) => FormOption::titled(value, name),
        None => FormOption::new(value),
    };
    Some(values?.into_iter().map(option).collect())
}

/// A count, however it is spelt. `None` if it is no count.
#[expect(clippy::option_option, reason = "a count that is none is not the same as no count")]
fn count(value: Option<RawJson>) -> Option<Option<u32>> {
    let Some(value) = number(value)? else { return Some(None) };
    (value >= 0.0 && value.fract() == 0.0).then_some(Some(value as u32))
}

/// A number. `None` if it is none.
#[expect(clippy::option_option, reason = "a bound that is none is not the same as no bound")]
fn number(value: Option<RawJson>) -> Option<Option<f64>> {
    value.map(|value| value.parse::<f64>().ok().filter(|number| number.is_finite())).map_or(Some(None), |n| n.map(Some))
}

fn with_default(mut field: FieldSchema, value: &RawJson) -> Option<FieldSchema> {
    match &mut field.kind {
        FieldKind::Text { default, .. } | FieldKind::OneOf { default, .. } => *default = Some(value.parse().ok()?),
        FieldKind::Number { default, .. } => *default = Some(value.parse().ok()?),
        FieldKind::Integer { default, .. } => {
            let number: f64 = value.parse().ok()?;
            *default = value.parse().ok().or_else(|| (number.fract() == 0.0).then_some(number as i128));
        }
        FieldKind::Boolean { default } => *default = Some(value.parse().ok()?),
        FieldKind::SeveralOf { default, .. } => *default = Some(value.parse().ok()?),
    }
    Some(field)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(schema: &Value) -> Option<FormSchema> {
        read_form(&RawObject::from_value(schema).unwrap().unwrap())
    }

    /// Held to 2026-07-28, client/elicitation, "Requested Schema"; 2026-07-28, schema, "PrimitiveSchemaDefinition".
    #[test]
    fn every_kind_of_field_is_read_with_its_bounds_and_its_default() {
        let form = read(&json!({"$schema": "x", "type": "object", "required": ["name"], "properties": {
            "name": {"type": "string", "title": "Name", "minLength": 1.0, "maxLength": 9, "format": "email", "default": "a@b.c"},
            "code": {"type": "string", "pattern": "^[a-z]+$", "format": "isbn"},
            "age": {"type": "integer", "minimum": 0.5, "maximum": 1e3, "default": 7.0},
            "size": {"type": "number", "minimum": -1, "default": 1.5},
            "sure": {"type": "boolean", "description": "Sure?", "default": true},
            "plain": {"type": "string", "enum": ["a", "b"], "default": "b"},
            "named": {"type": "string", "enum": ["a", "b"], "enumNames": ["A", "B"]},
            "titled": {"type": "string", "oneOf": [{"const": "a", "title": "A"}], "default": "zz"},
            "some": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 1, "default": ["a"]},
            "more": {"type": "array", "items": {"anyOf": [{"const": "a", "title": "A"}]}, "maxItems": 1}
        }}))
        .unwrap();
        let field = |name: &str| form.get(name).unwrap().field.clone();
        let name = FieldSchema::text().with_title("Name").with_length(1, 9).with_format(TextFormat::Email);
        assert_eq!(field("name"), name.with_default("a@b.c"));
        assert!(form.get("name").unwrap().required && !form.get("age").unwrap().required);
        assert_eq!(field("code"), FieldSchema::text());
        assert_eq!(field("age"), FieldSchema::integer().with_min(1).with_max(1000).with_default(7));
        assert_eq!(field("size"), FieldSchema::number().with_min(-1).with_default(1.5));
        assert_eq!(field("sure"), FieldSchema::boolean().with_description("Sure?").with_default(true));
        assert_eq!(field("plain"), FieldSchema::one_of(["a", "b"]).with_default("b"));
        let named = [FormOption::titled("a", "A"), FormOption::titled("b", "B")];
        assert_eq!(field("named"), FieldSchema::one_of(named));
        // The default is none of the options.
        assert_eq!(field("titled"), FieldSchema::one_of([FormOption::titled("a", "A")]));
        assert_eq!(field("some"), FieldSchema::several_of(["a", "b"]).with_min_items(1).with_default(["a"]));
        assert_eq!(field("more"), FieldSchema::several_of([FormOption::titled("a", "A")]).with_max_items(1));
    }

    #[test]
    fn what_no_form_can_say_is_no_form() {
        for property in [
            json!({"type": "object", "properties": {}}),
            json!({"type": ["string", "null"]}),
            json!({"$ref": "#/$defs/a"}),
            json!({"type": "array", "items": {"type": "string"}}),
            json!({"type": "string", "enum": []}),
            json!({"type": "string", "minLength": 3, "maxLength": 2}),
            json!({"type": "integer", "minimum": "1"}),
            json!(true),
        ] {
            assert_eq!(read(&json!({"type": "object", "properties": {"a": property}})), None, "{property}");
        }
        assert_eq!(read(&json!({"type": "array"})), None);
        assert_eq!(read(&json!({"type": "object", "required": ["a"]})), None);
        assert_eq!(read(&json!({"type": "object", "properties": {}})), Some(FormSchema::new()));
    }
}
