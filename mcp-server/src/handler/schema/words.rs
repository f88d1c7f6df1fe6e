//! Values and types in words that a model can act on.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    did_you_mean::did_you_mean,
    json_path::{Step, written},
};

/// Most problems that are told at once; a peer decides how many there are.
pub(in crate::handler) const MOST: usize = 16;

/// Most names of arguments that are told where an unknown one was given.
const MOST_NAMES: usize = 32;

/// Something that is wrong with arguments, or with a result.
#[derive(Debug, Clone)]
pub(in crate::handler) struct Problem {
    /// The argument that it is about, by the name that was given.
    pub(in crate::handler) argument: Option<String>,
    pub(in crate::handler) text: String,
    rank: Rank,
}

/// What is told first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Missing,
    Unknown,
    Wrong,
}

impl Problem {
    /// Names that are missing, names that are unknown, and then values.
    pub(in crate::handler) fn sort(problems: &mut [Self]) {
        problems.sort_by_key(|problem| problem.rank);
    }

    /// About the arguments as a whole.
    #[cfg(feature = "json-schema")]
    pub(super) fn whole(text: &str) -> Self {
        Self::at(&[], text)
    }

    /// About the value at a path; the text goes on from its name.
    pub(in crate::handler) fn at(path: &[Step], text: &str) -> Self {
        let argument = path.first().map(|step| written(std::slice::from_ref(step)));
        let text = match path {
            [] => text.to_owned(),
            path => format!("argument `{}`: {text}", shown(&written(path))),
        };
        Self { argument, text, rank: Rank::Wrong }
    }

    /// About an argument that is not there.
    pub(in crate::handler) fn missing(path: &[Step], name: &str) -> Self {
        match path {
            [] => Self { argument: None, text: format!("missing argument `{name}`"), rank: Rank::Missing },
            path => Self::at(path, &format!("missing field `{name}`")),
        }
    }

    /// About an argument that the schema does not have.
    pub(in crate::handler) fn unknown(path: &[Step], name: &str, properties: Option<&Map<String, Value>>) -> Self {
        let name_shown = shown(name);
        let (noun, whole) = if path.is_empty() { ("argument", "the tool") } else { ("field", "it") };
        let known = || properties.into_iter().flat_map(Map::keys);
        let text = if let Some(meant) = did_you_mean(name, known().map(String::as_str)) {
            format!("unknown {noun} `{name_shown}`; did you mean `{meant}`?")
        } else if properties.is_none_or(Map::is_empty) {
            format!("unknown {noun} `{name_shown}`; {whole} takes none")
        } else {
            let count = properties.map_or(0, Map::len);
            let known: Vec<String> = known().take(MOST_NAMES).map(|known| format!("`{known}`")).collect();
            let more = if count > MOST_NAMES { format!(" and {} more", count - MOST_NAMES) } else { String::new() };
            format!("unknown {noun} `{name_shown}`; {whole} takes {}{more}", known.join(", "))
        };
        match path {
            [] => Self { argument: Some(name.to_owned()), text, rank: Rank::Unknown },
            path => Self::at(path, &text),
        }
    }
}

/// What was expected of a value, if it is of none of these types.
pub(in crate::handler) fn wrong_type(value: &Value, kinds: &[&str]) -> String {
    let expected: Vec<&str> = kinds.iter().map(|kind| with_article(kind)).collect();
    format!("expected {}, not {}", expected.join(" or "), described(value))
}

/// The types that a schema names; none if it names none.
pub(in crate::handler) fn kinds(schema_type: Option<&Value>) -> Vec<&str> {
    match schema_type {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn with_article(kind: &str) -> &str {
    match kind {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "an array",
        "object" => "an object",
        other => other,
    }
}

pub(in crate::handler) fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string {:?}", shown(text)),
        Value::Array(_) => "an array".into(),
        Value::Object(_) => "an object".into(),
    }
}

/// A peer's text, short enough to be repeated.
pub(in crate::handler) fn shown(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 64;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A text that holds somebody else's words, short enough to be repeated.
#[cfg(feature = "json-schema")]
pub(in crate::handler) fn shown_long(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 512;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
