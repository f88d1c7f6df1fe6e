//! Validation by a schema, without ever fetching anything and in time that is linear in the length of a text.

use jsonschema::PatternOptions;
use mcp_core::{
    error::excerpt,
    json::RawJson,
    schema::{
        Schema,
        bounds::{self, Deepest},
    },
};
use serde_json::Value;

/// How much memory a compiled pattern may take.
const PATTERN_SIZE: usize = 1 << 20;
/// How many problems are told.
const MOST: usize = 3;

/// A schema that is safe to validate by.
#[derive(Debug)]
pub(super) struct Compiled {
    validator: jsonschema::Validator,
    deepest: Deepest,
}

impl Compiled {
    /// # Errors
    ///
    /// With a sentence about the schema: it leads elsewhere, has no bound, or is none (2026-07-28, basic, *JSON Schema
    /// Usage*).
    pub(super) fn new(schema: &Schema) -> Result<Self, String> {
        let deepest = bounds::check(schema.as_map())?;
        let schema = Value::Object(schema.as_map().clone());
        let patterns = PatternOptions::regex().size_limit(PATTERN_SIZE).dfa_size_limit(PATTERN_SIZE);
        let validator = jsonschema::options().offline().with_pattern_options(patterns).build(&schema);
        let validator = validator.map_err(|error| {
            let place = error.instance_path().as_str();
            format!("at `{}`: {}", excerpt(place), excerpt(&error.masked_with("this").to_string()))
        })?;
        Ok(Self { validator, deepest })
    }

    /// # Errors
    ///
    /// With a sentence that says where the value does not fit.
    pub(super) fn check(&self, value: &RawJson) -> Result<(), String> {
        let value: Value = value.parse().map_err(|error| error.to_string())?;
        if let Some(deepest) = self.deepest
            && depth(&value) > deepest
        {
            return Err(format!(
                "it is nested deeper than {deepest} levels, which is as far as its schema is followed"
            ));
        }
        if self.validator.is_valid(&value) {
            return Ok(());
        }
        let told: Vec<String> = self.validator.iter_errors(&value).take(MOST).map(|error| told(&error)).collect();
        Err(if told.is_empty() { "it is not what the schema describes".to_owned() } else { told.join("; ") })
    }
}

fn told(error: &jsonschema::ValidationError<'_>) -> String {
    let place = error.instance_path().as_str();
    let place = if place.is_empty() { "the whole".into() } else { format!("`{}`", excerpt(place)) };
    format!("{place}: {}", excerpt(&error.to_string()))
}

fn depth(value: &Value) -> usize {
    let inside = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    1 + inside.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compiled(schema: Value) -> Result<Compiled, String> {
        Compiled::new(&Schema::try_from(schema).unwrap())
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let schema =
            json!({"$defs": {"n": {"type": "integer"}}, "properties": {"a": {"items": {"$ref": "#/$defs/n"}}}});
        let schema = compiled(schema).unwrap();
        let check = |value: Value| schema.check(&RawJson::from_value(&value).unwrap());
        assert_eq!(check(json!({"a": [1, 2]})), Ok(()));
        let error = check(json!({"a": [1, "x", null, true, {}]})).unwrap_err();
        assert!(error.starts_with("`/a/1`: ") && error.contains("`/a/3`: ") && !error.contains("/a/4"), "{error}");
        let error = compiled(json!({"type": "object"})).unwrap().check(&RawJson::NULL).unwrap_err();
        assert!(error.starts_with("the whole: "), "{error}");
    }

    #[test]
    fn a_schema_that_leads_elsewhere_or_is_none_is_refused() {
        for (schema, why) in [
            (json!({"$ref": "http://127.0.0.1:1/schema.json"}), "leads out of it"),
            (json!({"$schema": "https://example.com/own"}), "dialect"),
            (json!({"properties": {"a": {"type": "whole"}}}), "/properties/a/type"),
            (json!({"properties": {"a": {"pattern": "(?=x)"}}}), "/properties/a/pattern"),
        ] {
            let error = compiled(schema.clone()).unwrap_err();
            assert!(error.contains(why), "{schema}: {error}");
        }
    }

    #[test]
    fn a_value_is_followed_only_as_far_as_the_schema_allows() {
        let tree = json!({"oneOf": [{"properties": {"a": {"$ref": "#"}}}, {"properties": {"a": {"$ref": "#"}}}]});
        let tree = compiled(tree).unwrap();
        let nested = (0..60).fold("1".to_owned(), |inner, _| format!("{{\"a\":{inner}}}"));
        let error = tree.check(&serde_json::from_str(&nested).unwrap()).unwrap_err();
        assert!(error.contains("nested deeper"), "{error}");
    }
}
