//! Handlers, and what they share.

use std::sync::Arc;

use super::ServerBuilder;
use crate::handler::{HandlerGroup, Handlers, or_panic};

impl ServerBuilder {
    /// Gives handlers a value that they share: parameters of type [`State<T>`](crate::State) get a clone of it.
    ///
    /// # Panics
    ///
    /// If a value of the same type was given before.
    #[track_caller]
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, state: T) -> Self {
        or_panic(self.states.add(state));
        self
    }

    /// Adds the handlers of a value, or of an `Arc` of one: the methods that `#[handlers]` found.
    ///
    /// # Panics
    ///
    /// As [`ServerBuilder::tools`], [`ServerBuilder::prompts`] and [`ServerBuilder::resources`].
    #[track_caller]
    pub fn handlers<H: Handlers>(mut self, handlers: H) -> Self {
        let HandlerGroup { tools, prompts, resources } = Arc::new(handlers).all();
        // What a value has none of is not declared for its sake.
        if !tools.is_empty() {
            self = self.tools(tools);
        }
        if !prompts.is_empty() {
            self = self.prompts(prompts);
        }
        if !resources.is_empty() {
            self = self.resources(resources);
        }
        self
    }
}
