//! A form that a client is asked to show, and the answers that it takes.

use super::FormSchema;
use crate::{
    error::shown,
    json::{RawJson, RawObject},
};

/// A form that a server asks its client's user to fill in (2026-07-28, client/elicitation, "Form Mode Elicitation
/// Requests"). Message, titles and descriptions are the server's: show whose they are, and make nothing in them
/// clickable.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FormQuestion {
    /// Why it is asked, for the user.
    pub message: String,
    /// The form's schema as it came.
    pub schema: RawObject,
    /// The form, field by field; `None` if its schema says something that forms of the protocol cannot say, so that only
    /// [`schema`](Self::schema) tells what is asked.
    pub form: Option<FormSchema>,
}

impl FormQuestion {
    /// A question as it came, with what could be read of its form.
    pub fn new(message: impl Into<String>, schema: RawObject, form: Option<FormSchema>) -> Self {
        Self { message: message.into(), schema, form }
    }

    /// Completes an answer and holds it to the form: what was left out and has a default gets it (2026-07-28,
    /// client/elicitation, "Requested Schema"), and what does not fit is refused. To leave a field out all the same, answer
    /// `null` for it. Members that the form does not ask for are left out.
    ///
    /// ```
    /// use mcp_core::{json::RawObject, model::{FieldSchema, FormQuestion, FormSchema}};
    ///
    /// let form = FormSchema::new().required("name", FieldSchema::text().with_default("Ada"));
    /// let question = FormQuestion::new("Who?", RawObject::EMPTY, Some(form));
    /// assert_eq!(question.complete(&RawObject::EMPTY).unwrap().as_raw().as_str(), r#"{"name":"Ada"}"#);
    /// let wrong: RawObject = serde_json::from_str(r#"{"name": 7}"#)?;
    /// assert_eq!(question.complete(&wrong).unwrap_err(), ["`name` must be a text"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem, each as a sentence that names its field.
    pub fn complete(&self, answer: &RawObject) -> Result<RawObject, Vec<String>> {
        let mut members = answer.members();
        let mut add = |name: &str, default: Option<RawJson>| {
            if let Some(default) = default.filter(|_| !answer.contains(name)) {
                members.push((name.to_owned(), default));
            }
        };
        let Some(form) = &self.form else {
            let properties = self.schema.get("properties").and_then(RawObject::from_raw).unwrap_or_default();
            for (name, property) in properties.members() {
                add(&name, RawObject::from_raw(property).and_then(|property| property.get("default")));
            }
            return self.check_loosely(&members);
        };
        for entry in form.entries() {
            add(&entry.name, entry.field.default_value());
        }
        form.check(&members.into_iter().collect())
    }

    /// Holds an answer to what holds for every form: what is required is there, and values are flat (2026-07-28, schema,
    /// "ElicitResult").
    fn check_loosely(&self, members: &[(String, RawJson)]) -> Result<RawObject, Vec<String>> {
        let required = self.schema.get("required").and_then(|required| required.parse::<Vec<String>>().ok());
        let answer: RawObject = members.iter().filter(|(_, value)| !value.is_null()).cloned().collect();
        let mut problems: Vec<String> = required
            .iter()
            .flatten()
            .filter(|name| !answer.contains(name))
            .map(|name| format!("`{}` is missing", shown(name)))
            .collect();
        for (name, value) in answer.members() {
            if value.is_object() || (value.is_array() && value.parse::<Vec<String>>().is_err()) {
                problems.push(format!("`{}` must be a text, a number, a `bool` or a list of texts", shown(&name)));
            }
        }
        if problems.is_empty() { Ok(answer) } else { Err(problems) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn object(value: &Value) -> RawObject {
        RawObject::from_value(value).unwrap().unwrap()
    }

    #[test]
    fn a_schema_that_is_no_form_of_the_protocol_still_has_defaults_and_requirements() {
        let schema = json!({"type": "object", "required": ["a", "b"], "properties": {
            "a": {"type": ["string", "null"], "default": "x"}, "b": {"type": "object"}
        }});
        let question = FormQuestion::new("?", object(&schema), None);
        let complete =
            |answer: Value| question.complete(&object(&answer)).map(|answer| answer.as_raw().as_str().to_owned());
        assert_eq!(complete(json!({"b": 1})), Ok(r#"{"b":1,"a":"x"}"#.to_owned()));
        assert_eq!(complete(json!({})), Err(vec!["`b` is missing".to_owned()]));
        assert_eq!(complete(json!({"b": ["c"], "a": null})), Err(vec!["`a` is missing".to_owned()]));
        let nested = complete(json!({"b": {"c": 1}})).unwrap_err();
        assert!(nested[0].starts_with("`b` must be a text"), "{nested:?}");
    }
}
