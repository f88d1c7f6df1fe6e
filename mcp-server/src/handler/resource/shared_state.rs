//! Resources that take shared state.

use std::{future::Future, sync::Arc};

use mcp_core::error::Error;
use serde::de::DeserializeOwned;

use super::{
    contents::IntoResourceContents,
    server_resource::{Handler, ReadFuture, Reading, ServerResource, contextual},
};
use crate::{
    context::Context,
    handler::state::{SharedState, StateMap, UNBOUND},
};

impl ServerResource {
    /// A resource whose function takes shared state, a [`State`](crate::State) or a tuple of several, and a [`Context`].
    ///
    /// # Panics
    ///
    /// As [`ServerResource::new`]; and what puts it into a server panics if that has no such state.
    #[track_caller]
    pub fn with_state<S, F, Fut>(uri: impl Into<String>, name: impl Into<String>, handler: F) -> Self
    where
        S: SharedState,
        F: Fn(S, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoResourceContents> + Send + 'static,
    {
        Self::fixed(uri.into(), name.into(), refuse()).unbound(move |(), state, context| handler(state, context))
    }

    /// A family of resources whose function takes shared state as well.
    ///
    /// # Panics
    ///
    /// As [`ServerResource::template`]; and what puts it into a server panics if that has no such state.
    #[track_caller]
    pub fn template_with_state<A, S, F, Fut>(template: impl Into<String>, name: impl Into<String>, handler: F) -> Self
    where
        A: DeserializeOwned + 'static,
        S: SharedState,
        F: Fn(A, S, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoResourceContents> + Send + 'static,
    {
        Self::templated::<A>(template.into(), name.into(), refuse()).unbound(handler)
    }

    fn unbound<A, S, F, Fut>(mut self, handler: F) -> Self
    where
        A: DeserializeOwned + 'static,
        S: SharedState,
        F: Fn(A, S, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoResourceContents> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let bind = move |states: &StateMap| {
            let (handler, state) = (handler.clone(), S::find(states)?);
            Ok(contextual(move |variables: A, context| handler(variables, state.clone(), context)))
        };
        self.unbound = Some(Arc::new(bind));
        self
    }

    /// The same resource with the state that it takes.
    ///
    /// # Errors
    ///
    /// With a sentence that names the resource and the state, if there is none.
    pub(crate) fn bound(mut self, states: &StateMap) -> Result<Self, String> {
        let what = |this: &Self| format!("resource `{}`", this.uri());
        if let Some(bind) = self.unbound.take() {
            self.handler = bind(states).map_err(|missing| missing.of(&what(&self)))?;
        }
        if self.completions.is_unbound() {
            let bound = Arc::make_mut(&mut self.completions).bind(states);
            bound.map_err(|missing| missing.of(&format!("a completion of {}", what(&self))))?;
        }
        Ok(self)
    }
}

fn refuse() -> Arc<Handler> {
    Arc::new(|_: Reading| -> ReadFuture { Box::pin(std::future::ready(Err(Error::internal(UNBOUND).into()))) })
}
