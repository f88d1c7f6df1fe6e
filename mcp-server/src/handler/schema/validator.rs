//! Validation, without ever fetching anything and in time that is linear in the length of a text.

use jsonschema::{
    PatternOptions,
    error::{ValidationError, ValidationErrorKind as Kind},
    paths::LocationSegment,
};
use mcp_core::schema::Schema;
use serde_json::{Map, Value};

use super::words::{Problem, described, kinds, wrong_type};
use crate::handler::json_path::Step;

/// How much memory a compiled pattern may take.
const PATTERN_SIZE: usize = 1 << 20;

/// How many alternatives inside alternatives are followed to say what is wrong with the one that was meant.
const ALTERNATIVES: usize = 8;

#[derive(Debug)]
pub(super) struct Validator {
    compiled: jsonschema::Validator,
    schema: Value,
}

impl Validator {
    /// Compiles a schema that [`check`](super::bounds::check) let through.
    ///
    /// # Errors
    ///
    /// With a sentence that says what is wrong with the schema.
    pub(super) fn new(schema: &Schema) -> Result<Self, String> {
        let schema = Value::Object(schema.as_map().clone());
        let patterns = PatternOptions::regex().size_limit(PATTERN_SIZE).dfa_size_limit(PATTERN_SIZE);
        let built =
            jsonschema::options().offline().with_pattern_options(patterns).should_validate_formats(true).build(&schema);
        match built {
            Ok(compiled) => Ok(Self { compiled, schema }),
            Err(error) => {
                let place = error.instance_path().as_str();
                let remedy = match place.ends_with("/pattern") {
                    true => " (patterns are matched in linear time, so they cannot look around or refer back)",
                    false => "",
                };
                Err(format!("at `{place}`: {}{remedy}", shown_long(&error.masked_with("this").to_string())))
            }
        }
    }

    pub(super) fn is_valid(&self, value: &Value) -> bool {
        self.compiled.is_valid(value)
    }

    /// What is wrong with a value, at most `most` problems.
    pub(super) fn problems(&self, value: &Value, most: usize) -> Vec<Problem> {
        let mut problems = Vec::new();
        for error in self.compiled.iter_errors(value) {
            self.tell(&error, value, ALTERNATIVES, &mut problems);
            if problems.len() > most {
                break;
            }
        }
        if problems.is_empty() {
            problems.push(Problem::whole("the value is not what the schema describes"));
        }
        problems
    }

    fn tell(&self, error: &ValidationError<'_>, root: &Value, alternatives: usize, problems: &mut Vec<Problem>) {
        let path = path(error);
        match error.kind() {
            Kind::Required { property } => {
                problems.push(Problem::missing(&path, property.as_str().unwrap_or_default()));
            }
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                let properties = self.properties_beside(error);
                problems.extend(unexpected.iter().map(|name| Problem::unknown(&path, name, properties)));
            }
            // What a schema without properties says of any member.
            Kind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
                let properties = self.properties_beside(error);
                match root.pointer(error.instance_path().as_str()) {
                    Some(Value::Object(members)) => {
                        let known = |name: &String| properties.is_some_and(|properties| properties.contains_key(name));
                        let unknown = members.keys().filter(|name| !known(name));
                        problems.extend(unknown.map(|name| Problem::unknown(&path, name, properties)));
                    }
                    _ => problems.push(Problem::at(&path, &self.words(error))),
                }
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } if alternatives > 0 => {
                match meant(context, path.len()) {
                    Some(errors) => errors.iter().for_each(|error| self.tell(error, root, alternatives - 1, problems)),
                    None => problems.push(Problem::at(&path, &self.words(error))),
                }
            }
            _ => problems.push(Problem::at(&path, &self.words(error))),
        }
    }

    fn words(&self, error: &ValidationError<'_>) -> String {
        let value = error.instance().as_ref();
        let plain = match value {
            Value::Number(number) => number.to_string(),
            other => described(other),
        };
        match error.kind() {
            Kind::Type { .. } => wrong_type(value, &kinds(self.at(error.schema_path().as_str()))),
            Kind::Maximum { limit } => format!("{plain} is greater than the maximum of {limit}"),
            Kind::Minimum { limit } => format!("{plain} is less than the minimum of {limit}"),
            Kind::ExclusiveMaximum { limit } => format!("{plain} is not less than {limit}"),
            Kind::ExclusiveMinimum { limit } => format!("{plain} is not greater than {limit}"),
            Kind::MultipleOf { multiple_of } => format!("{plain} is not a multiple of {multiple_of}"),
            Kind::Enum { options } => {
                let options: Vec<String> = options.as_array().into_iter().flatten().map(Value::to_string).collect();
                format!("expected one of {}, not {}", shown_long(&options.join(", ")), described(value))
            }
            Kind::Constant { expected_value } => {
                format!("expected {}, not {}", shown_long(&expected_value.to_string()), described(value))
            }
            Kind::MaxLength { limit } => format!("the string is longer than {limit} characters"),
            Kind::MinLength { limit } => format!("the string is shorter than {limit} characters"),
            Kind::MaxItems { limit } => format!("the array has more than {limit} items"),
            Kind::MinItems { limit } => format!("the array has fewer than {limit} items"),
            Kind::UniqueItems => "the array has an item twice".to_owned(),
            Kind::MaxProperties { limit } => format!("the object has more than {limit} fields"),
            Kind::MinProperties { limit } => format!("the object has fewer than {limit} fields"),
            Kind::Pattern { pattern } => format!("{plain} does not match the pattern `{}`", shown_long(pattern)),
            Kind::Format { format } => format!("{plain} is not of the format `{format}`"),
            Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => format!("{plain} fits none of the alternatives"),
            Kind::OneOfMultipleValid { .. } => format!("{plain} fits more than one of the alternatives"),
            Kind::FalseSchema => "nothing is allowed here".to_owned(),
            _ => shown_long(&error.masked_with(plain).to_string()).into_owned(),
        }
    }

    /// The properties that stand beside the keyword that failed.
    fn properties_beside(&self, error: &ValidationError<'_>) -> Option<&Map<String, Value>> {
        let (beside, _) = error.schema_path().as_str().rsplit_once('/')?;
        self.at(beside)?.get("properties")?.as_object()
    }

    /// What stands at a place of the schema, which may lead through references.
    fn at(&self, pointer: &str) -> Option<&Value> {
        let mut at = &self.schema;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            at = match (at, step.as_str()) {
                (Value::Object(schema), "$ref") => {
                    self.schema.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)?
                }
                (Value::Array(items), step) => items.get(step.parse::<usize>().ok()?)?,
                (other, step) => other.get(step)?,
            };
        }
        Some(at)
    }
}

/// The alternative that a value was meant to be: the only one whose type and tag it has.
fn meant<'a>(
    alternatives: &'a [Vec<ValidationError<'static>>],
    depth: usize,
) -> Option<&'a [ValidationError<'static>]> {
    let is_other = |errors: &&Vec<ValidationError<'static>>| {
        errors.iter().any(|error| match error.kind() {
            Kind::Type { .. } | Kind::Enum { .. } => path(error).len() == depth,
            Kind::Constant { .. } => path(error).len() <= depth + 1,
            _ => false,
        })
    };
    let mut left = alternatives.iter().filter(|errors| !is_other(errors));
    left.next().filter(|_| left.next().is_none()).map(Vec::as_slice)
}

fn path(error: &ValidationError<'_>) -> Vec<Step> {
    let step = |segment: LocationSegment<'_>| match segment {
        LocationSegment::Property(name) => Step::Key(name.into_owned()),
        LocationSegment::Index(index) => Step::Index(index),
    };
    error.instance_path().segments().map(step).collect()
}

/// Text of the schema's author, short enough to be repeated.
fn shown_long(text: &str) -> std::borrow::Cow<'_, str> {
    const LONGEST: usize = 512;
    if text.len() <= LONGEST {
        text.into()
    } else {
        format!("{}…", text.chars().take(LONGEST).collect::<String>()).into()
    }
}
