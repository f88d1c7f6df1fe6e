//! What a mounted server has from elsewhere, as the outer server offers it.

use std::sync::Arc;

use async_trait::async_trait;
use mcp_core::error::Error;

use super::parts::{Mount, Server};
use crate::{
    context::Context,
    handler::{Origin, Page},
    registry::{Registries, Source, SourceList, Sources},
};

/// A source of a mounted server.
struct Mounted<T> {
    inner: Arc<dyn Source<T>>,
    server: Server,
    prefix: String,
    origin: Arc<Origin>,
    /// The item as the outer server has it; `None` if it cannot have such a name there.
    mounted: fn(&T, &str, &Arc<Origin>) -> Option<T>,
    name: fn(&T) -> &str,
    /// What the inner server calls a name of the outer one.
    inner_name: for<'a> fn(&str, &'a str) -> Option<&'a str>,
    /// Whether the inner server has registered that name, which is mounted already.
    is_registered: fn(&Registries, &str) -> bool,
}

impl<T> Mounted<T> {
    fn is_registered(&self, name: &str) -> bool {
        (self.is_registered)(&self.server.inner.engine.registries, name)
    }
}

#[async_trait]
impl<T: Send + Sync + 'static> Source<T> for Mounted<T> {
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<T>, Error> {
        let (context, guard) = context.within_server(&self.origin.server);
        let Page { items, next_cursor } = self.inner.list(cursor, &context).await?;
        guard.complete();
        let own = items.iter().filter(|item| !self.is_registered((self.name)(item)));
        let items = own.filter_map(|item| (self.mounted)(item, &self.prefix, &self.origin)).collect();
        Ok(Page { items, next_cursor })
    }

    async fn get(&self, name: &str, context: &Context) -> Result<Option<T>, Error> {
        let Some(name) = (self.inner_name)(&self.prefix, name).filter(|name| !self.is_registered(name)) else {
            return Ok(None);
        };
        let (context, guard) = context.within_server(&self.origin.server);
        let found = self.inner.get(name, &context).await?;
        guard.complete();
        Ok(found.and_then(|item| (self.mounted)(&item, &self.prefix, &self.origin)))
    }
}

fn without_prefix<'a>(prefix: &str, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(prefix)?.strip_prefix('_')
}

impl Mount {
    /// Adds what the mounted server has from elsewhere.
    pub(crate) fn add_sources(&self, to: &mut Sources) {
        let Sources { tools, prompts, resources, templates } = &self.server.inner.engine.registries.sources;
        self.add(tools, &mut to.tools, |inner, server, prefix, origin| Mounted {
            inner,
            server,
            prefix,
            origin,
            mounted: |tool, prefix, origin| {
                let tell = |problem: &String| tracing::warn!(problem, "a tool of a mounted server is left out");
                tool.mounted(prefix, origin).inspect_err(tell).ok()
            },
            name: |tool| &tool.definition().name,
            inner_name: without_prefix,
            is_registered: |registries, name| registries.tools.get(name).is_some(),
        });
        self.add(prompts, &mut to.prompts, |inner, server, prefix, origin| Mounted {
            inner,
            server,
            prefix,
            origin,
            mounted: |prompt, prefix, origin| Some(prompt.mounted(prefix, origin)),
            name: |prompt| &prompt.definition().name,
            inner_name: without_prefix,
            is_registered: |registries, name| registries.prompts.get(name).is_some(),
        });
        for (from, to) in [(resources, &mut to.resources), (templates, &mut to.templates)] {
            self.add(from, to, |inner, server, prefix, origin| Mounted {
                inner,
                server,
                prefix,
                origin,
                mounted: |resource, _, origin| Some(resource.mounted(origin)),
                name: |resource| resource.uri(),
                inner_name: |_, uri| Some(uri),
                is_registered: |registries, uri| registries.resources.get(uri).is_some(),
            });
        }
    }

    fn add<T: Send + Sync + 'static>(
        &self,
        from: &SourceList<T>,
        to: &mut SourceList<T>,
        make: impl Fn(Arc<dyn Source<T>>, Server, String, Arc<Origin>) -> Mounted<T>,
    ) {
        let mounted = |inner: &Arc<dyn Source<T>>| -> Arc<dyn Source<T>> {
            Arc::new(make(inner.clone(), self.server.clone(), self.prefix.clone(), self.origin.clone()))
        };
        to.extend(from.iter().map(mounted));
    }
}
