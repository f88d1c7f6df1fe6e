//! What completes the arguments of a prompt and the variables of a template.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use mcp_core::{Error, model::Completion};
use serde_json::{Map, Value};

use super::{failure, tool::ToolError};

/// What a client knows of a value that it wants completed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CompletionRequest {
    /// What of the value is there already.
    pub value: String,
    /// Values of other arguments that are known; since 2025-06-18 (2026-07-28, server/utilities/completion, "Requesting
    /// Completions").
    pub arguments: BTreeMap<String, String>,
}

impl CompletionRequest {
    /// A request for what begins with `value`.
    pub fn new(value: impl Into<String>, arguments: BTreeMap<String, String>) -> Self {
        Self { value: value.into(), arguments }
    }
}

/// What a completion may return: values, best first, of which at most 100 are sent.
#[diagnostic::on_unimplemented(
    message = "a completion cannot return `{Self}`",
    label = "no completion",
    note = "a completion returns `Vec<String>`, `Vec<&'static str>`, `Completion`, or a `Result` of one of these whose error is an error type"
)]
pub trait IntoCompletion {
    /// The values, or the failure.
    ///
    /// # Errors
    ///
    /// When there was no way to find any.
    fn into_completion(self) -> Result<Completion, Error>;
}

impl IntoCompletion for Completion {
    fn into_completion(mut self) -> Result<Completion, Error> {
        if self.values.len() > Self::MAX {
            self.values.truncate(Self::MAX);
            self.has_more = true;
        }
        Ok(self)
    }
}

impl<S: Into<String>> IntoCompletion for Vec<S> {
    fn into_completion(self) -> Result<Completion, Error> {
        Ok(Completion::new(self))
    }
}

impl<T: IntoCompletion, E: Into<ToolError>> IntoCompletion for Result<T, E> {
    fn into_completion(self) -> Result<Completion, Error> {
        self.map_err(|error| failure("completion", error))?.into_completion()
    }
}

/// A completion under way. Dropping it cancels it.
pub(crate) type CompletionFuture = Pin<Box<dyn Future<Output = Result<Completion, Error>> + Send>>;

type Completer = dyn Fn(CompletionRequest) -> CompletionFuture + Send + Sync;

/// What completes which argument.
#[derive(Clone, Default)]
pub(crate) struct Completions(BTreeMap<String, Arc<Completer>>);

impl Completions {
    /// Completes an argument with a function.
    pub(super) fn set<F, Fut>(&mut self, argument: String, complete: F)
    where
        F: Fn(CompletionRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoCompletion> + Send + 'static,
    {
        let complete = Arc::new(complete);
        let completer = move |request: CompletionRequest| -> CompletionFuture {
            let complete = complete.clone();
            Box::pin(async move { complete(request).await.into_completion() })
        };
        self.0.insert(argument, Arc::new(completer));
    }

    /// Completes an argument with those of a few values that fit.
    pub(super) fn set_values(&mut self, argument: String, values: Vec<String>) {
        let values: Arc<[String]> = values.into();
        self.set(argument, move |request| std::future::ready(fitting(&values, &request.value)));
    }

    /// Completes every argument whose schema names its values.
    pub(super) fn set_from_schema(&mut self, properties: &Map<String, Value>) {
        for (name, schema) in properties {
            let values = named_values(schema);
            if !values.is_empty() {
                self.set_values(name.clone(), values);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values for an argument; none if nothing completes it.
    pub(crate) fn complete(&self, argument: &str, request: CompletionRequest) -> CompletionFuture {
        match self.0.get(argument) {
            Some(completer) => completer(request),
            None => Box::pin(std::future::ready(Ok(Completion::default()))),
        }
    }
}

/// The values that begin with the text, then those that hold it, without regard to case (2026-07-28,
/// server/utilities/completion, "Security").
fn fitting(values: &[String], text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for value in values {
        match value.to_lowercase().find(&text) {
            Some(0) => first.push(value.clone()),
            Some(_) => second.push(value.clone()),
            None => {}
        }
    }
    first.append(&mut second);
    first
}

/// The values that a schema names: those of an enum, also of one inside an `Option` or with described variants.
fn named_values(schema: &Value) -> Vec<String> {
    let member = |keyword: &str| schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
    let named = member("enum").chain(schema.get("const")).filter_map(Value::as_str).map(str::to_owned);
    named.chain(member("oneOf").chain(member("anyOf")).flat_map(named_values)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Held to 2026-07-28, server/utilities/completion, "Security".
    #[test]
    fn values_that_begin_so_come_first() {
        let values = ["rust", "Trust", "python", "RUBY"].map(str::to_owned);
        assert_eq!(fitting(&values, "ru"), ["rust", "RUBY", "Trust"]);
        assert_eq!(fitting(&values, "").len(), 4);
        assert!(fitting(&values, "x").is_empty());
    }

    #[test]
    fn the_variants_of_an_enum_are_found_in_its_schema() {
        let described =
            json!({"anyOf": [{"oneOf": [{"type": "string", "enum": ["a", "b"]}, {"const": "c"}]}, {"type": "null"}]});
        assert_eq!(named_values(&described), ["a", "b", "c"]);
        assert_eq!(named_values(&json!({"enum": ["a", null]})), ["a"]);
        assert!(named_values(&json!({"type": "string"})).is_empty());
    }
}
