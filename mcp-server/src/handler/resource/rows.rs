//! Resources that a template lists, such as the rows of a table.

use std::{error::Error as StdError, future::Future, sync::Arc};

use mcp_core::{error::Error, model::Resource};

use super::server_resource::{ResourceKind, ServerResource};
use crate::{
    context::{CallGuard, Context},
    handler::{failure::failure, page::Page},
};

impl ServerResource {
    /// Lists resources of this family in `resources/list`, such as the rows of a table: a function that takes the cursor
    /// of a page, `None` for the first, and returns the page. They are read by the handler of the template, and none of
    /// them is inserted anywhere.
    ///
    /// They stand behind the resources that the server has registered, template by template. A URI that is registered is
    /// not listed again. The function is called with every request for such a page, for whoever asks: what it finds may
    /// depend on the [`Context`], and the page may be kept by nobody else. The deadline of the call holds; a failure
    /// fails the request for the list, as it does of a handler that reads. When rows come or go, tell it with
    /// [`Server::notify_resources_list_changed`](crate::Server::notify_resources_list_changed).
    ///
    /// ```
    /// use mcp_server::{Context, Error, Page, ServerResource, model::Resource};
    /// # use std::collections::BTreeMap;
    /// # async fn rows_after(_: u32, _: usize) -> Result<BTreeMap<u32, String>, Error> { Ok(BTreeMap::new()) }
    /// # async fn row(id: u32) -> Result<Option<String>, Error> { Ok(rows_after(id, 1).await?.remove(&id)) }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Note {
    ///     id: u32,
    /// }
    ///
    /// let notes = ServerResource::template("note://{id}", "note", |note: Note| row(note.id)).list_with(
    ///     |cursor: Option<String>, _: Context| async move {
    ///         let after = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    ///         let rows = rows_after(after, 100).await?;
    ///         let last = rows.keys().next_back().copied();
    ///         let page = Page::new(rows.into_iter().map(|(id, title)| Resource::new(format!("note://{id}"), title)));
    ///         Ok::<_, Error>(match last {
    ///             Some(last) if page.items.len() == 100 => page.next(last.to_string()),
    ///             _ => page,
    ///         })
    ///     },
    /// );
    /// # drop(notes);
    /// ```
    ///
    /// # Panics
    ///
    /// If this is no template.
    #[must_use]
    #[track_caller]
    pub fn list_with<F, Fut, E>(mut self, list: F) -> Self
    where
        F: Fn(Option<String>, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Page<Resource>, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        assert!(self.is_template(), "`{}` is one resource: only a template has others to list", self.uri());
        let list = Arc::new(list);
        self.lister = Some(Arc::new(move |cursor, context| {
            let list = list.clone();
            Box::pin(async move { list(cursor, context).await.map_err(|error| failure("list of resources", error)) })
        }));
        self
    }

    /// Whether it lists resources of its own.
    pub(crate) fn lists(&self) -> bool {
        self.lister.is_some()
    }

    /// One page of the resources that it lists: they are seen by whoever sees the template.
    pub(crate) async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<Self>, Error> {
        let Some(lister) = &self.lister else { return Ok(Page::default()) };
        let page = lister(cursor.map(str::to_owned), context.clone()).await?;
        let listed = |resource| {
            let mut row = self.clone();
            row.kind = Arc::new(ResourceKind::Fixed(resource));
            row
        };
        Ok(Page { items: page.items.into_iter().map(listed).collect(), next_cursor: page.next_cursor })
    }

    /// The same resource, whose list is made by another server and held to what that one shows.
    pub(in crate::handler) fn with_lister_of(
        mut self,
        inner: Self,
        enter: impl Fn(&Context) -> (Context, CallGuard) + Send + Sync + 'static,
        shows: impl Fn(&Resource, &Context) -> bool + Send + Sync + 'static,
    ) -> Self {
        let Some(lister) = inner.lister else { return self };
        let shared = Arc::new((lister, enter, shows));
        self.lister = Some(Arc::new(move |cursor, context: Context| {
            let shared = shared.clone();
            Box::pin(async move {
                let (lister, enter, shows) = &*shared;
                let (context, guard) = enter(&context);
                let mut page = lister(cursor, context.clone()).await?;
                guard.complete();
                page.items.retain(|resource| shows(resource, &context));
                Ok(page)
            })
        }));
        self
    }
}
