//! What completes the variables of a template.

use std::{future::Future, sync::Arc};

use super::server_resource::ServerResource;
use crate::{
    context::CallScope,
    handler::completions::{Completer, CompletionRequest, Completions, IntoCompletion},
};

impl ServerResource {
    /// Completes a variable with what a function finds.
    ///
    /// # Panics
    ///
    /// If the template has no such variable.
    #[must_use]
    #[track_caller]
    pub fn complete<F, Fut>(mut self, variable: &str, complete: F) -> Self
    where
        F: Fn(CompletionRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoCompletion> + Send + 'static,
    {
        self.check_variable(variable);
        Arc::make_mut(&mut self.completions).set(variable.to_owned(), complete);
        self
    }

    /// Completes a variable with a function that takes what it names: a [`CompletionRequest`], a
    /// [`Context`](crate::Context), and shared state. It need not be `async`; see [`Completer`].
    ///
    /// # Panics
    ///
    /// If the template has no such variable.
    #[must_use]
    #[track_caller]
    pub fn complete_with<M>(mut self, variable: &str, complete: impl Completer<M>) -> Self {
        self.check_variable(variable);
        Arc::make_mut(&mut self.completions).set_with(variable.to_owned(), complete);
        self
    }

    /// Completes a variable with those of these values that begin with what is there, then those that hold it.
    ///
    /// # Panics
    ///
    /// If the template has no such variable.
    #[must_use]
    #[track_caller]
    pub fn complete_values(mut self, variable: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.check_variable(variable);
        let values = values.into_iter().map(Into::into).collect();
        Arc::make_mut(&mut self.completions).set_values(variable.to_owned(), values);
        self
    }

    /// What completes the variables, if anything does.
    pub(crate) fn completions(&self) -> Option<&Completions> {
        Some(&*self.completions).filter(|completions| !completions.is_empty())
    }

    /// Completes within another server than that which is asked.
    pub(in crate::handler) fn complete_within(
        &mut self,
        enter: impl Fn(CallScope) -> CallScope + Clone + Send + Sync + 'static,
    ) {
        if !self.completions.is_empty() {
            self.completions = Arc::new(self.completions.within(enter));
        }
    }

    #[track_caller]
    fn check_variable(&self, name: &str) {
        assert!(self.has_variable(name), "`{}` has no variable `{name}` to complete", self.uri());
    }
}
