//! Validation, without ever fetching anything and in time that is linear in the length of a text.

use jsonschema::{
    PatternOptions,
    error::{ValidationError, ValidationErrorKind as Kind},
    paths::LocationSegment,
};
use mcp_core::schema::Schema;
use serde_json::{Map, Value};

use super::{
    document::{At, Document},
    json_path::Step,
    representation::{Documents, Limits, Subject},
    words::{MOST, Problem, described, kinds, shown, shown_long, wrong_type},
};

/// How much memory a compiled pattern may take.
const PATTERN_SIZE: usize = 1 << 20;

/// How many alternatives inside alternatives are followed to say what is wrong with the one that was meant.
const ALTERNATIVES: usize = 8;

#[derive(Debug)]
pub(super) struct Validator {
    compiled: jsonschema::Validator<Documents>,
    schema: Value,
    limits: Limits,
}

impl Validator {
    /// Compiles a schema that [`check`](mcp_core::schema::bounds::check) let through.
    ///
    /// # Errors
    ///
    /// With a sentence that says what is wrong with the schema.
    pub(super) fn new(schema: &Schema) -> Result<Self, String> {
        let schema = Value::Object(schema.as_map().clone());
        let patterns = PatternOptions::regex().size_limit(PATTERN_SIZE).dfa_size_limit(PATTERN_SIZE);
        let options = jsonschema::options_for::<Documents>().offline().with_pattern_options(patterns);
        match options.should_validate_formats(true).build(&schema) {
            Ok(compiled) => Ok(Self { compiled, limits: Limits::of(&schema), schema }),
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

    /// Whether a value is valid; a number of which that cannot be said is a problem.
    pub(super) fn check(&self, document: &Document<'_>) -> Result<(), Vec<Problem>> {
        let subject = Subject::whole(document, &self.limits);
        if !self.compiled.is_valid(subject.root()) {
            return Err(self.problems(document));
        }
        subject.misjudged().map_or(Ok(()), |number| {
            let text = format!(
                "{} is too near to a limit to be compared with it exactly: write it with at most 15 digits",
                shown(number.number().unwrap_or_default())
            );
            Err(vec![Problem::at(&document.path(number), &text)])
        })
    }

    /// What is wrong with a value: the first [`MOST`] problems, and one more if there are more.
    fn problems(&self, document: &Document<'_>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for error in self.compiled.iter_errors(Subject::beginning(document, &self.limits).root()) {
            self.tell(&error, document, ALTERNATIVES, &mut problems);
            if problems.len() > MOST {
                break;
            }
        }
        if problems.is_empty() {
            problems.push(Problem::whole("the value is not what the schema describes"));
        }
        problems.truncate(MOST + 1);
        problems
    }

    fn tell(
        &self,
        error: &ValidationError<'_>,
        document: &Document<'_>,
        alternatives: usize,
        problems: &mut Vec<Problem>,
    ) {
        if problems.len() > MOST {
            return;
        }
        let path = path(error);
        let unknown = |names: &mut dyn Iterator<Item = &str>, problems: &mut Vec<Problem>| {
            let properties = self.properties_beside(error);
            let names = names.filter(|name| properties.is_none_or(|properties| !properties.contains_key(*name)));
            problems.extend(names.take(MOST + 1).map(|name| Problem::unknown(&path, name, properties)));
        };
        match error.kind() {
            Kind::Required { property } => {
                problems.push(Problem::missing(&path, property.as_str().unwrap_or_default()));
            }
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                unknown(&mut unexpected.iter().map(String::as_str), problems);
            }
            // What a schema without properties says of any member.
            Kind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
                let names: Vec<_> =
                    document.find(&path).into_iter().flat_map(At::members).map(|(name, _)| name).collect();
                match names.is_empty() {
                    true => problems.push(Problem::at(&path, &self.words(error))),
                    false => unknown(&mut names.iter().map(|name| &**name), problems),
                }
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } if alternatives > 0 => {
                match meant(context, path.len()) {
                    Some(errors) => {
                        errors.iter().for_each(|error| self.tell(error, document, alternatives - 1, problems));
                    }
                    None => problems.push(of_tag(context, path.len()).unwrap_or_else(|| {
                        let text = self.words(error);
                        Problem::at(&path, &text)
                    })),
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

/// What is wrong with the tag of a value whose alternatives each have one: none of them has this one.
fn of_tag(alternatives: &[Vec<ValidationError<'static>>], depth: usize) -> Option<Problem> {
    let is_kind = |error: &ValidationError<'_>| matches!(error.kind(), Kind::Type { .. }) && path(error).len() == depth;
    let mut wrong: Option<(Vec<Step>, String)> = None;
    let mut tags = Vec::new();
    for errors in alternatives.iter().filter(|errors| !errors.iter().any(is_kind)) {
        let (tag, at, value) = errors.iter().find_map(|error| match error.kind() {
            Kind::Constant { expected_value } if path(error).len() == depth + 1 => {
                Some((expected_value.to_string(), path(error), described(error.instance().as_ref())))
            }
            _ => None,
        })?;
        match &wrong {
            None => wrong = Some((at, value)),
            Some((known, _)) if *known != at => return None,
            Some(_) => {}
        }
        tags.push(tag);
    }
    let (at, value) = wrong?;
    Some(Problem::at(&at, &format!("expected one of {}, not {value}", shown_long(&tags.join(", ")))))
}

fn path(error: &ValidationError<'_>) -> Vec<Step> {
    let step = |segment: LocationSegment<'_>| match segment {
        LocationSegment::Property(name) => Step::Key(name.into_owned()),
        LocationSegment::Index(index) => Step::Index(index),
    };
    error.instance_path().segments().map(step).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The problems of a text, and how many errors were made to find them.
    fn problems(schema: Value, text: &str) -> (Vec<String>, usize) {
        let validator = Validator::new(&Schema::try_from(schema).unwrap()).unwrap();
        let document = Document::read(text).unwrap();
        let subject = Subject::beginning(&document, &validator.limits);
        let errors = validator.compiled.iter_errors(subject.root());
        let made = errors.map(|error| match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                1 + context.iter().map(Vec::len).sum::<usize>()
            }
            _ => 1,
        });
        let made = made.sum();
        (validator.check(&document).unwrap_err().into_iter().map(|problem| problem.text).collect(), made)
    }

    #[test]
    fn however_much_is_wrong_only_the_first_problems_are_looked_for() {
        let list = json!({"type": "array", "items": {"type": "integer"}});
        let strings = format!("[{}\"\"]", "\"\",".repeat(100_000));
        let holder = format!("{{\"a\":{strings}}}");
        let (told, made) = problems(list.clone(), &strings);
        assert_eq!(told.len(), MOST + 1);
        assert_eq!(told[16], "argument `[16]`: expected an integer, not the string \"\"");
        assert!(made < 1000, "{made}");
        let optional = json!({"anyOf": [{"type": "object", "properties": {"a": list}}, {"type": "null"}]});
        let (told, made) = problems(optional, &holder);
        assert_eq!((told.len(), &*told[3]), (MOST + 1, "argument `a[3]`: expected an integer, not the string \"\""));
        assert!(made < 1000, "{made}");
        // What is valid before it does not hide what is wrong.
        let late = format!("[{}true]", "1,".repeat(100_000));
        assert_eq!(problems(list, &late).0, ["argument `[100000]`: expected an integer, not true"]);
    }

    #[test]
    fn long_names_make_fewer_errors() {
        let list = json!({"additionalProperties": {"items": {"type": "integer"}}});
        let text = format!("{{\"{}\":[{}\"\"]}}", "n".repeat(1 << 20), "\"\",".repeat(1000));
        let (told, made) = problems(list, &text);
        assert!(made <= 2 && told[0].len() < 200, "{made} {told:?}");
    }

    #[test]
    fn names_that_nobody_knows_are_not_all_told() {
        let properties: Map<String, Value> = (0..5000).map(|n| (format!("known_{n}"), json!({}))).collect();
        let alternatives = vec![json!({"additionalProperties": false, "properties": properties, "required": ["x"]}); 2];
        let names: Vec<String> = (0..100_000).map(|n| format!("\"other than those {n}\":1")).collect();
        let text = format!("{{{}}}", names.join(","));
        let (told, _) = problems(json!({"additionalProperties": false, "properties": properties}), &text);
        assert_eq!(told.len(), MOST + 1);
        assert!(told.iter().all(|text| text.len() < 700 && text.ends_with("and 4968 more")), "{told:?}");
        assert!(!problems(json!({"anyOf": alternatives}), &text).0.is_empty());
    }
}
