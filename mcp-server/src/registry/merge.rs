//! Lists that sources are part of: what is registered comes first, then one source after the other.

use std::{collections::HashSet, pin::Pin, sync::Arc};

use mcp_core::{
    error::Error,
    model::{CacheHint, Rendered},
};

use super::{
    cursor::{self, Place, SourcePlace},
    item::Named,
    list::{Item, List},
    snapshot::Snapshot,
    source::Source,
};
use crate::{
    context::{CallScope, Context},
    handler::{Viewer, Visibility},
    request_state::Sealer,
};

/// A page: at once, or when the sources have answered.
pub(crate) enum Paged<P> {
    Ready(Arc<Rendered<P>>),
    Later(PageFuture<P>),
}

type PageFuture<P> = Pin<Box<dyn Future<Output = Result<Arc<Rendered<P>>, Error>> + Send>>;

/// A source, by the name that cursors know it by.
pub(super) type NamedSource<T> = (Box<str>, Arc<dyn Source<T>>);

/// Whether the viewer may know of an item of a source.
fn shows<T: Item>(visibility: &Visibility, item: &T, viewer: &Viewer<'_>) -> bool {
    visibility.shows(viewer, item.listed()) && item.visibility().shows(viewer, item.listed())
}

/// What a page is made of, once it reaches into the sources.
pub(super) struct Merge<L: List> {
    pub(super) list: L,
    /// The page of registered items that ends the list of them, if the page begins there.
    pub(super) registered: Option<Arc<Rendered<L::Page>>>,
    /// What is registered: such names are not listed again.
    pub(super) known: Arc<Snapshot<L::Item, Rendered<L::Page>>>,
    /// The sources that are left, with the cursor of the first.
    pub(super) sources: Vec<NamedSource<L::Item>>,
    pub(super) cursor: Option<Box<str>>,
    /// What holds for every item.
    pub(super) visibility: Visibility,
    pub(super) page_size: Option<usize>,
    pub(super) page_bytes: Option<usize>,
    pub(super) cache: CacheHint,
    pub(super) sealer: Arc<Sealer>,
}

impl<L: List> Merge<L> {
    /// Asks the sources, one after the other, until one of them goes on, or the page is as long as a page may be. A page
    /// of a source is never cut: only the source knows how to go on.
    pub(super) async fn run(self, scope: CallScope) -> Result<Arc<Rendered<L::Page>>, Error> {
        let Self { list, registered, known, sources, cursor, visibility, page_size, page_bytes, cache, sealer } = self;
        let (context, guard) = Context::within(&scope);
        let mut definitions = registered.as_deref().map_or_else(Vec::new, |page| L::parts(page.value()).0.to_vec());
        let (mut seen, mut next) = (HashSet::new(), None);
        let mut bytes: usize = match page_bytes {
            Some(_) => definitions.iter().map(written).sum(),
            None => 0,
        };
        let mut cursor = cursor;
        for (name, source) in sources {
            let is_full =
                page_size.is_some_and(|most| definitions.len() >= most) || page_bytes.is_some_and(|most| bytes >= most);
            // Of a page that was asked for there is always something to come.
            if is_full {
                next = Some(SourcePlace { source: name, cursor: None });
                break;
            }
            let asked = cursor.take();
            let page = source.list(asked.as_deref(), &context).await?;
            for item in page.items {
                let key = (list.key())(item.name()).into_owned();
                if known.get(&key).is_some() || !shows(&visibility, &item, &Viewer::of(&scope)) || !seen.insert(key) {
                    continue;
                }
                if let Some(definition) = list.definition(&item) {
                    bytes += page_bytes.map_or(0, |_| written(&definition));
                    definitions.push(definition);
                }
            }
            if let Some(cursor) = page.next_cursor.map(String::into_boxed_str) {
                if asked.as_ref() == Some(&cursor) {
                    return Err(circle(&name));
                }
                next = Some(SourcePlace { source: name, cursor: Some(cursor) });
                break;
            }
        }
        guard.complete();
        let seal = |place| cursor::encode(&sealer, L::MARK, &Place::InSource(place)).ok_or_else(no_cursor);
        let next = next.map(seal).transpose()?;
        // What depends on who asks is kept by nobody else (2026-07-28, server/utilities/caching, "Cache Scope Field").
        Ok(Arc::new(Rendered::new(L::page(definitions, next, cache.kept_private()))))
    }
}

/// What a definition takes as JSON, and the comma behind it.
fn written(definition: &impl serde::Serialize) -> usize {
    serde_json::to_vec(definition).map_or(0, |json| json.len() + 1)
}

#[cold]
fn circle(source: &str) -> Error {
    let _span = crate::logging::span_of_failure();
    tracing::error!(source, "a source names the same page again as the next one");
    Error::internal("the list does not go on: a source of it names the same page twice")
}

pub(super) fn no_cursor() -> Error {
    Error::internal("the next page cannot be named: the system has no randomness")
}

/// The sources of one list and what holds for their items: for calls of what is not registered.
#[derive(Clone)]
pub(crate) struct Elsewhere<T> {
    sources: Arc<[NamedSource<T>]>,
    visibility: Visibility,
}

impl<T: Item> Elsewhere<T> {
    pub(super) fn new(sources: impl IntoIterator<Item = Arc<dyn Source<T>>>, visibility: &Visibility) -> Self {
        let named = |(place, source): (usize, _)| (format!("#{place}").into(), source);
        let sources = sources.into_iter().enumerate().map(named).collect();
        Self { sources, visibility: visibility.clone() }
    }

    pub(super) fn sources(&self) -> &[NamedSource<T>] {
        &self.sources
    }

    /// All that the caller may know of, of the first `most` that the sources list. A source is asked for no more than as many
    /// pages.
    ///
    /// # Errors
    ///
    /// What a source fails with, or if it names the same page twice.
    #[cfg(feature = "discovery")]
    pub(crate) async fn all(&self, scope: &CallScope, most: usize) -> Result<Vec<T>, Error> {
        let (context, guard) = Context::within(scope);
        let mut all = Vec::new();
        for (name, source) in &*self.sources {
            let mut seen = HashSet::new();
            let mut cursor: Option<String> = None;
            while all.len() < most && seen.len() < most {
                let page = source.list(cursor.as_deref(), &context).await?;
                all.extend(page.items);
                match page.next_cursor {
                    None => break,
                    Some(next) if !seen.insert(next.clone()) => return Err(circle(name)),
                    next => cursor = next,
                }
                // A source that never waits would hold the thread, and the deadline would never be looked at.
                tokio::task::coop::consume_budget().await;
            }
        }
        guard.complete();
        all.truncate(most);
        all.retain(|item| shows(&self.visibility, item, &Viewer::of(scope)));
        Ok(all)
    }

    /// The item of that name, of the first source that has it, if the caller may know of it.
    pub(crate) async fn get(&self, name: &str, scope: &CallScope) -> Result<Option<T>, Error> {
        let (context, guard) = Context::within(scope);
        let mut found = None;
        for (_, source) in &*self.sources {
            found = source.get(name, &context).await?;
            if found.is_some() {
                break;
            }
        }
        guard.complete();
        Ok(found.filter(|item| shows(&self.visibility, item, &Viewer::of(scope))))
    }
}
