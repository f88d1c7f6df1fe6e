//! What completes which argument of a prompt or variable of a template.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use mcp_core::model::Completion;
use serde_json::{Map, Value};

use super::{
    completer::{Answer, Completer, Unbound},
    request::{CompletionFuture, CompletionRequest, IntoCompletion},
};
use crate::{
    context::CallScope,
    handler::state::{Missing, StateMap},
};

/// What completes which argument.
#[derive(Clone, Default)]
pub(crate) struct Completions(BTreeMap<String, Completing>);

#[derive(Clone)]
enum Completing {
    Ready(Arc<Answer>),
    /// Takes shared state, which a server has.
    Unbound(Unbound),
}

impl Completions {
    /// Completes an argument with a function of the request alone.
    pub(in crate::handler) fn set<F, Fut>(&mut self, argument: String, complete: F)
    where
        F: Fn(CompletionRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoCompletion> + Send + 'static,
    {
        let complete = Arc::new(complete);
        let answer = move |request: CompletionRequest, _: CallScope| -> CompletionFuture {
            let complete = complete.clone();
            Box::pin(async move { complete(request).await.into_completion() })
        };
        self.0.insert(argument, Completing::Ready(Arc::new(answer)));
    }

    /// Completes an argument with a function that takes what it names.
    pub(in crate::handler) fn set_with<M>(&mut self, argument: String, complete: impl Completer<M>) {
        let unbound = complete.unbound();
        // Most take no state, and are ready without any.
        let completing = match unbound.bind(&StateMap::default()) {
            Ok(answer) => Completing::Ready(answer),
            Err(_) => Completing::Unbound(unbound),
        };
        self.0.insert(argument, completing);
    }

    /// Completes an argument with those of a few values that fit.
    pub(in crate::handler) fn set_values(&mut self, argument: String, values: Vec<String>) {
        let values: Arc<[String]> = values.into();
        self.set(argument, move |request| std::future::ready(Completion::new(fitting(&values, &request.value))));
    }

    /// Completes every argument whose schema names its values.
    pub(in crate::handler) fn set_from_schema(&mut self, properties: &Map<String, Value>) {
        for (name, schema) in properties {
            let values = named_values(schema);
            if !values.is_empty() {
                self.set_values(name.clone(), values);
            }
        }
    }

    pub(in crate::handler) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any of them takes shared state and has none yet.
    pub(in crate::handler) fn is_unbound(&self) -> bool {
        self.0.values().any(|completing| matches!(completing, Completing::Unbound(_)))
    }

    /// Gives shared state to those that take it.
    ///
    /// # Errors
    ///
    /// If there is none of a type that one takes.
    pub(in crate::handler) fn bind(&mut self, states: &StateMap) -> Result<(), Missing> {
        for completing in self.0.values_mut() {
            if let Completing::Unbound(unbound) = completing {
                *completing = Completing::Ready(unbound.bind(states)?);
            }
        }
        Ok(())
    }

    /// The same completions, each of whose calls is changed first.
    pub(in crate::handler) fn within(
        &self,
        enter: impl Fn(CallScope) -> CallScope + Clone + Send + Sync + 'static,
    ) -> Self {
        let enter = |completing: &Completing| match completing.clone() {
            Completing::Ready(answer) => {
                let enter = enter.clone();
                Completing::Ready(Arc::new(move |request, scope| answer(request, enter(scope))))
            }
            unbound => unbound,
        };
        Self(self.0.iter().map(|(argument, completing)| (argument.clone(), enter(completing))).collect())
    }

    /// The values for an argument; none if nothing completes it.
    pub(crate) fn complete(&self, argument: &str, request: CompletionRequest, scope: CallScope) -> CompletionFuture {
        match self.0.get(argument) {
            Some(Completing::Ready(answer)) => answer(request, scope),
            // No server lets one in without its state.
            Some(Completing::Unbound(_)) | None => Box::pin(std::future::ready(Ok(Completion::default()))),
        }
    }
}

/// The values that begin with the text, then those that hold it, without regard to case (2026-07-28,
/// server/utilities/completion, "Security").
fn fitting<'a>(values: &'a [String], text: &str) -> Vec<&'a str> {
    let text = text.to_lowercase();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for value in values {
        match value.to_lowercase().find(&text) {
            Some(0) => first.push(value.as_str()),
            Some(_) => second.push(value.as_str()),
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
