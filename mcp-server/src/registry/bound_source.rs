//! Sources whose items take shared state.

use std::sync::Arc;

use async_trait::async_trait;
use mcp_core::error::Error;

use super::{
    list::Item,
    source::{Source, SourceList, Sources},
};
use crate::{
    context::Context,
    handler::{Page, StateMap},
};

impl Sources {
    /// The same sources, whose items get the state of the server that they belong to.
    pub(crate) fn bound(self, states: &Arc<StateMap>) -> Self {
        let Self { tools, prompts, resources, templates } = self;
        Self {
            tools: bound(tools, states),
            prompts: bound(prompts, states),
            resources: bound(resources, states),
            templates: bound(templates, states),
        }
    }
}

fn bound<T: Item>(sources: SourceList<T>, states: &Arc<StateMap>) -> SourceList<T> {
    let bound = |inner| -> Arc<dyn Source<T>> { Arc::new(Bound { inner, states: states.clone() }) };
    sources.into_iter().map(bound).collect()
}

struct Bound<T> {
    inner: Arc<dyn Source<T>>,
    states: Arc<StateMap>,
}

#[async_trait]
impl<T: Item> Source<T> for Bound<T> {
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<T>, Error> {
        // What is listed is not called.
        self.inner.list(cursor, context).await
    }

    async fn get(&self, name: &str, context: &Context) -> Result<Option<T>, Error> {
        let found = self.inner.get(name, context).await?;
        found.map(|item| item.bound(&self.states)).transpose().map_err(|problem| {
            let _span = crate::logging::span_of_failure();
            tracing::error!(problem, "an item of a source takes state that the server does not have");
            Error::internal("the handler lacks what it shares with others: the server's log says what")
        })
    }
}
