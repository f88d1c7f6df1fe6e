//! [`Document`] as the validator reads it, so that looking for problems ends when enough were found.
//!
//! The validator gives its errors all at once, however many there are. It asks a value for a description of itself
//! whenever it makes an error, so that is counted here: beyond a number of errors, containers give out nothing more.
//! Whether a value is valid is found out without making errors, and so is never cut short.

use std::{borrow::Cow, cell::Cell, collections::HashSet};

use jsonschema::{
    JsonType,
    json::{Array, Json, JsonNumber, Node, NodeIdentity, Object},
};
use mcp_core::decimal::Decimal;
use serde_json::{Number, Value};

use super::document::{At, Document, to_number};

/// How many errors are made about one value. More than are told, because those of alternatives are told as one.
const MOST_ERRORS: usize = 256;

/// How many bytes their paths may take, which a peer's names are a part of.
const MOST_PATH_BYTES: usize = 1 << 20;

/// Marks the representation.
#[derive(Debug)]
pub(super) struct Documents;

/// With what a schema compares numbers.
#[derive(Debug, Default)]
pub(super) struct Limits {
    bounds: Vec<f64>,
    divides: bool,
}

impl Limits {
    /// Finds them wherever they stand in a schema.
    pub(super) fn of(schema: &Value) -> Self {
        let mut found = Self::default();
        found.add(schema);
        found
    }

    fn add(&mut self, schema: &Value) {
        const BOUNDS: [&str; 4] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
        match schema {
            Value::Array(parts) => parts.iter().for_each(|part| self.add(part)),
            Value::Object(keywords) => {
                for (keyword, value) in keywords {
                    self.divides |= keyword == "multipleOf";
                    self.bounds.extend(value.as_f64().filter(|_| BOUNDS.contains(&keyword.as_str())));
                    self.add(value);
                }
            }
            _ => {}
        }
    }

    /// Whether what a schema says of a number may differ from what it says of the nearest float. Rounding keeps the order,
    /// so it may only where the float is a bound itself, or is divided.
    fn may_misjudge(&self, text: &str, float: f64) -> bool {
        (self.divides || self.bounds.contains(&float)) && !is_exactly(text, float)
    }
}

/// Whether a float is what a text says: beyond 2^53 to the last digit, else in the digits that are written of it.
fn is_exactly(text: &str, float: f64) -> bool {
    const INTEGERS_FROM: f64 = 9_007_199_254_740_992.0;
    let written = match float.abs() >= INTEGERS_FROM {
        true => format!("{float:.0}"),
        false => serde_json::to_string(&float).unwrap_or_default(),
    };
    Decimal::parse(text) == Decimal::parse(&written)
}

/// A document that is being validated.
pub(super) struct Subject<'d> {
    document: &'d Document<'d>,
    limits: &'d Limits,
    /// A number that was compared with a limit as another one.
    misjudged: Cell<Option<At<'d>>>,
    /// How many more errors are made.
    errors: Cell<usize>,
    /// How many more values containers give out.
    values: Cell<usize>,
}

impl<'d> Subject<'d> {
    /// To find out whether the document is valid.
    pub(super) fn whole(document: &'d Document<'d>, limits: &'d Limits) -> Self {
        let (errors, values) = (Cell::new(usize::MAX), Cell::new(usize::MAX));
        Self { document, limits, misjudged: Cell::new(None), errors, values }
    }

    /// To find out what is wrong with it first. What is found later may be wrong itself.
    pub(super) fn beginning(document: &'d Document<'d>, limits: &'d Limits) -> Self {
        let errors = MOST_ERRORS.min(MOST_PATH_BYTES / (document.longest_key() + 1)).max(1);
        // Each value is looked at a few times; what is copied of them is then a few times the document.
        let values = 4 * document.len() + 10_000;
        Self { errors: Cell::new(errors), values: Cell::new(values), ..Self::whole(document, limits) }
    }

    /// A number of which it is not known whether it is within the limits: floats are too coarse to tell.
    pub(super) fn misjudged(&self) -> Option<At<'d>> {
        self.misjudged.get()
    }

    pub(super) fn root(&'d self) -> Part<'d> {
        Part::Value(self, self.document.root())
    }

    /// Whether a container gives out one more value.
    fn goes_on(&self) -> bool {
        let left = self.values.get();
        self.values.set(left.saturating_sub(1));
        left > 0 && self.errors.get() > 0
    }
}

/// A value of a document, or the name of a member: `propertyNames` validates it as a string.
#[derive(Clone)]
pub(super) enum Part<'d> {
    Value(&'d Subject<'d>, At<'d>),
    Name(&'d str),
}

impl Json for Documents {
    type Node<'a> = Part<'a>;
    type PreparedKey = Box<str>;
    type StringBuffer = String;

    const KEYS_PER_LOOKUP: usize = 8;

    fn prepare_key(key: &str) -> Box<str> {
        key.into()
    }

    fn with_string_node<T>(buffer: &mut String, string: &str, f: impl FnOnce(Part<'_>) -> T) -> T {
        buffer.clear();
        buffer.push_str(string);
        f(Part::Name(buffer))
    }
}

impl<'d> Part<'d> {
    fn value(&self) -> Option<At<'d>> {
        match self {
            Self::Value(_, value) => Some(*value),
            Self::Name(_) => None,
        }
    }
}

impl<'d> Node<'d, Documents> for Part<'d> {
    type Object = Container<'d>;
    type Array = Container<'d>;
    type Number = Numeral<'d>;

    fn as_object(&self) -> Option<Container<'d>> {
        match self {
            Self::Value(subject, value) if value.is_object() => Some(Container { subject, value: *value }),
            _ => None,
        }
    }

    fn as_array(&self) -> Option<Container<'d>> {
        match self {
            Self::Value(subject, value) if value.is_array() => Some(Container { subject, value: *value }),
            _ => None,
        }
    }

    fn as_string(&self) -> Option<Cow<'d, str>> {
        match self {
            Self::Value(_, value) => value.string(),
            Self::Name(name) => Some(Cow::Borrowed(name)),
        }
    }

    fn as_number(&self) -> Option<Numeral<'d>> {
        match self {
            Self::Value(subject, at) => Some(Numeral { text: at.number()?, at: *at, subject }),
            Self::Name(_) => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        self.value()?.boolean()
    }

    fn is_null(&self) -> bool {
        self.value().is_some_and(At::is_null)
    }

    fn json_type(&self) -> JsonType {
        match self.value() {
            None => JsonType::String,
            Some(value) if value.is_string() => JsonType::String,
            Some(value) if value.is_object() => JsonType::Object,
            Some(value) if value.is_array() => JsonType::Array,
            Some(value) if value.is_null() => JsonType::Null,
            Some(value) if value.boolean().is_some() => JsonType::Boolean,
            Some(_) => JsonType::Number,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match self {
            Self::Value(_, value) => value.equals(expected),
            Self::Name(name) => expected == name,
        }
    }

    /// Asked for when an error is made; long values are cut.
    fn to_value(&self) -> Cow<'d, Value> {
        match self {
            Self::Value(subject, value) => {
                subject.errors.set(subject.errors.get().saturating_sub(1));
                Cow::Owned(value.to_short_value())
            }
            Self::Name(name) => Cow::Owned((*name).into()),
        }
    }

    fn identity(&self) -> Option<NodeIdentity> {
        match self {
            Self::Value(subject, value) => {
                Some(NodeIdentity::tagged(std::ptr::from_ref(*subject) as usize, value.place()))
            }
            Self::Name(name) => Some(NodeIdentity::new(name.as_ptr() as usize)),
        }
    }
}

/// An array or an object.
#[derive(Clone, Copy)]
pub(super) struct Container<'d> {
    subject: &'d Subject<'d>,
    value: At<'d>,
}

impl<'d> Object<'d, Documents> for Container<'d> {
    type Node = Part<'d>;
    type MemberName = Cow<'d, str>;
    type MembersIter = Box<dyn Iterator<Item = (Cow<'d, str>, Part<'d>)> + 'd>;

    fn len(&self) -> usize {
        self.value.len()
    }

    fn get(&self, key: &Box<str>) -> Option<Part<'d>> {
        self.value.get(key).map(|value| Part::Value(self.subject, value))
    }

    fn members(&self) -> Self::MembersIter {
        let subject = self.subject;
        let members = self.value.members().take_while(|_| subject.goes_on());
        Box::new(members.map(|(name, value)| (name, Part::Value(subject, value))))
    }
}

impl<'d> Array<'d, Documents> for Container<'d> {
    type Node = Part<'d>;
    type ElementsIter = Box<dyn Iterator<Item = Part<'d>> + 'd>;

    fn len(&self) -> usize {
        self.value.len()
    }

    fn elements(&self) -> Self::ElementsIter {
        let subject = self.subject;
        Box::new(self.value.elements().take_while(|_| subject.goes_on()).map(|value| Part::Value(subject, value)))
    }

    fn is_unique(&self) -> bool {
        let mut known = HashSet::new();
        self.value.elements().all(|element| known.insert(element.canonical()))
    }
}

/// A number as it is written.
#[derive(Clone, Copy)]
pub(super) struct Numeral<'d> {
    text: &'d str,
    at: At<'d>,
    subject: &'d Subject<'d>,
}

impl JsonNumber for Numeral<'_> {
    fn as_u64(&self) -> Option<u64> {
        self.text.parse().ok()
    }

    fn as_i64(&self) -> Option<i64> {
        self.text.parse().ok()
    }

    /// Asked for by what compares numbers, if they are no integers of 64 bits.
    fn as_f64(&self) -> Option<f64> {
        let float: f64 = self.text.parse().ok()?;
        if self.subject.limits.may_misjudge(self.text, float) {
            self.subject.misjudged.set(Some(self.at));
        }
        // One beyond all floats is beyond all limits.
        Some(float).filter(|float| float.is_finite())
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.text)
    }

    fn to_number(&self) -> Cow<'_, Number> {
        Cow::Owned(to_number(self.text))
    }

    fn is_integer(&self) -> bool {
        self.at.is_integer()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::handler::schema::document::any_json;

    /// One schema for each thing that the validator asks of a value.
    fn schemas() -> Vec<Value> {
        let small = json!({"maximum": 3, "maxLength": 2, "maxItems": 2, "maxProperties": 2});
        vec![
            json!({"type": ["integer", "string", "array"]}),
            json!({"type": ["number", "object", "null"], "properties": {"a": {"type": "boolean"}}, "required": ["a", "b"]}),
            json!({"items": small, "additionalProperties": small, "minItems": 1, "minProperties": 1}),
            json!({"prefixItems": [{"type": "null"}, true], "items": false, "propertyNames": {"maxLength": 1, "pattern": "[ab]"}}),
            json!({"enum": [null, 1, "a", [], {}, [true], {"a": 1}]}),
            json!({"not": {"const": {}}, "uniqueItems": true, "contains": {"type": "integer"}, "minContains": 2}),
            json!({"anyOf": [{"multipleOf": 2}, {"minimum": 0, "exclusiveMaximum": 10}], "dependentRequired": {"a": ["b"]}}),
            json!({"oneOf": [{"required": ["a"]}, {"minLength": 1}], "patternProperties": {"^a": {"type": "integer"}}}),
            json!({"if": {"type": "object"}, "then": {"unevaluatedProperties": false, "properties": {"a": {}}}, "else": {"format": "date"}}),
            json!({"$ref": "#/$defs/tree", "$defs": {"tree": {"type": ["object", "integer"], "additionalProperties": {"$ref": "#/$defs/tree"}}}}),
            json!({"unevaluatedItems": false, "prefixItems": [{}], "minLength": 1, "dependentSchemas": {"b": {"maxProperties": 1}}}),
        ]
    }

    proptest! {
        /// A document is valid, and has as many errors, as the same value in a tree.
        #[test]
        fn a_document_is_judged_as_a_tree_is(value in any_json()) {
            let text = value.to_string();
            let document = Document::read(&text).unwrap();
            for schema in schemas() {
                let limits = Limits::of(&schema);
                let ours = jsonschema::options_for::<Documents>().offline().should_validate_formats(true).build(&schema).unwrap();
                let trees = jsonschema::options().offline().should_validate_formats(true).build(&schema).unwrap();
                let whole = Subject::whole(&document, &limits);
                prop_assert_eq!(ours.is_valid(whole.root()), trees.is_valid(&value), "{} {}", schema, value);
                let paths = |errors: jsonschema::ErrorIterator<'_>| -> Vec<String> {
                    errors.map(|error| format!("{} {}", error.instance_path(), error.schema_path())).collect()
                };
                prop_assert_eq!(paths(ours.iter_errors(whole.root())), paths(trees.iter_errors(&value)), "{} {}", schema, value);
            }
        }
    }
}
