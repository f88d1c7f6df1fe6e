//! The resources of a server: those with a URI of their own, and families that share a template.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use mcp_core::{
    error::Error,
    model::{CacheHint, ListResourceTemplatesResult, ListResourcesResult},
    uri::normal,
};

use super::{
    list::{Resources, Templates},
    listing::{Listing, Terms},
    merge::{Elsewhere, NamedSource, Paged},
    source::{OfTemplate, Sources},
};
use crate::{
    context::CallScope,
    handler::{ListOf, ServerResource, Variables, Viewer},
};

/// The resources and templates of a server, each in the order of their arrival.
///
/// A URI is read from the resource that has it, else from the first template that matches. Resources may come and go
/// while the server runs; whoever listens is told, as it is of tools.
///
/// ```
/// use mcp_server::{Server, ServerResource};
///
/// let server = Server::builder("notes", "1.0.0").resources([]).build();
/// server.resources().insert(ServerResource::text("note://1", "first", "Buy milk"));
/// assert_eq!(server.resources().uris(), ["note://1"]);
/// server.resources().remove("note://1");
/// assert!(server.resources().is_empty());
/// ```
pub struct ResourceRegistry {
    fixed: Listing<Resources>,
    templates: Listing<Templates>,
    /// Whether any template has ever listed resources of its own.
    lists: AtomicBool,
    /// Whether any template has ever had completions.
    completes: AtomicBool,
    /// How long what is read may be kept, if the resource does not say.
    contents: CacheHint,
}

impl ResourceRegistry {
    pub(super) fn new(terms: &Terms, sources: &Sources) -> Self {
        Self {
            fixed: Listing::new(terms, Resources, &sources.resources),
            templates: Listing::new(terms, Templates, &sources.templates),
            lists: AtomicBool::new(false),
            // What the templates of a source complete is not known before they are asked for.
            completes: AtomicBool::new(!sources.templates.is_empty()),
            contents: terms.hints.contents,
        }
    }

    #[track_caller]
    pub(crate) fn fill(&self, resources: impl IntoIterator<Item = ServerResource>) {
        let (templates, fixed) = self.sort(resources);
        self.fixed.fill(fixed);
        self.templates.fill(templates);
    }

    pub(crate) fn is_declared(&self) -> bool {
        self.fixed.is_declared() || self.templates.is_declared()
    }

    /// Whether variables are completed; for good, as a capability does not go away.
    pub(crate) fn completes(&self) -> bool {
        self.completes.load(Ordering::Relaxed)
    }

    fn note(&self, resource: &ServerResource) {
        if resource.completions().is_some() {
            self.completes.store(true, Ordering::Relaxed);
        }
        if resource.lists() {
            self.lists.store(true, Ordering::Relaxed);
        }
    }

    fn sort(&self, resources: impl IntoIterator<Item = ServerResource>) -> (Vec<ServerResource>, Vec<ServerResource>) {
        resources.into_iter().inspect(|resource| self.note(resource)).partition(ServerResource::is_template)
    }

    /// Adds a resource or a template. One of the same URI or template is replaced, keeps its place in the list, and
    /// is returned.
    ///
    /// # Panics
    ///
    /// If the resource takes [`State`](crate::State) that the server does not have.
    #[track_caller]
    pub fn insert(&self, resource: ServerResource) -> Option<ServerResource> {
        self.note(&resource);
        if resource.is_template() { self.templates.insert(resource) } else { self.fixed.insert(resource) }
    }

    /// Removes the resource of that URI, or the template written so, and returns it. If there is none, nobody is
    /// told. A mounted one is removed from the server that it belongs to.
    pub fn remove(&self, uri: &str) -> Option<ServerResource> {
        self.fixed.remove(uri).or_else(|| self.templates.remove(uri))
    }

    /// Replaces all resources and templates at once, but for mounted ones.
    ///
    /// # Panics
    ///
    /// If one of them takes [`State`](crate::State) that the server does not have.
    #[track_caller]
    pub fn replace_all(&self, resources: impl ListOf<ServerResource>) {
        let (templates, fixed) = self.sort(resources);
        self.fixed.replace_all(fixed);
        self.templates.replace_all(templates);
    }

    /// The resource of that URI, or the template written so.
    pub fn get(&self, uri: &str) -> Option<Arc<ServerResource>> {
        self.fixed.get(uri).or_else(|| self.templates.get(uri))
    }

    /// All resources, then all templates, in order.
    pub(crate) fn all(&self) -> Vec<Arc<ServerResource>> {
        let mut all = self.fixed.all();
        all.append(&mut self.templates.all());
        all
    }

    /// Puts the resources and templates of a mounted server in its place, before this server runs.
    pub(crate) fn fill_mounted(&self, place: usize, resources: impl Fn() -> Vec<ServerResource>) {
        self.fixed.fill_mounted(place, || self.sort(resources()).1);
        self.templates.fill_mounted(place, || self.sort(resources()).0);
    }

    /// As [`fill_mounted`](Self::fill_mounted), while it runs.
    pub(crate) fn replace_mounted(&self, place: usize, resources: impl Fn() -> Vec<ServerResource>) {
        self.fill_mounted(place, resources);
        self.changed();
    }

    /// Calls `hook` whenever a list has changed, until it returns `false`.
    pub(crate) fn on_change(&self, hook: impl Fn() -> bool + Send + Sync + 'static) {
        let hook = Arc::new(hook);
        self.fixed.on_change(hook.clone());
        self.templates.on_change(hook);
    }

    /// How long what is read may be kept, if the resource does not say.
    pub(crate) fn contents_hint(&self) -> CacheHint {
        self.contents
    }

    /// The URIs of the resources, then the templates, in order.
    pub fn uris(&self) -> Vec<String> {
        let mut uris = self.fixed.names();
        uris.extend(self.templates.names());
        uris
    }

    /// Whether there are neither resources nor templates.
    pub fn is_empty(&self) -> bool {
        self.fixed.is_empty() && self.templates.is_empty()
    }

    pub(crate) fn changed(&self) {
        self.fixed.changed();
    }

    /// The resource of that URI, or the template written so, if the viewer may know of it.
    pub(crate) fn visible(&self, uri: &str, viewer: &Viewer<'_>) -> Option<Arc<ServerResource>> {
        self.fixed.visible(uri, viewer).or_else(|| self.templates.visible(uri, viewer))
    }

    /// What answers the viewer for a URI, and the values of its variables.
    pub(crate) fn resolve(&self, uri: &str, viewer: &Viewer<'_>) -> Option<(Arc<ServerResource>, Variables)> {
        if let Some(resource) = self.fixed.visible(uri, viewer) {
            return Some((resource, Variables::new()));
        }
        self.templates.find(|resource| {
            let variables = resource.matches(uri)?;
            self.templates.shows(resource, viewer).then(|| (resource.clone(), variables))
        })
    }

    /// Whether some may not know of a resource or a template.
    pub(crate) fn has_hidden(&self) -> bool {
        self.fixed.has_hidden() || self.templates.has_hidden()
    }

    /// Whether a viewer may know that what has this URI has changed. Of URIs that nothing here answers for, everybody
    /// may.
    pub(crate) fn may_hear_of(&self, uri: &str, viewer: &Viewer<'_>) -> bool {
        if !self.has_hidden() {
            return true;
        }
        // Whoever watches may spell the URI as it likes: the resource is the same.
        if let Some(resource) = self.fixed.get(uri) {
            return self.fixed.shows(&resource, viewer);
        }
        let answers = |uri: &str| self.templates.find(|resource| resource.matches(uri)).is_some();
        let is_shown = |uri: &str| {
            let shows = |resource: &Arc<ServerResource>| self.templates.shows(resource, viewer);
            self.templates.find(|resource| resource.matches(uri).filter(|_| shows(resource))).is_some()
        };
        let spellings = [uri, &*normal(uri)];
        spellings.iter().all(|uri| is_shown(uri) || !answers(uri))
    }

    /// How long what was read of a resource may be kept, after what the handler said (2026-07-28,
    /// server/utilities/caching, "Cacheable Results").
    pub(crate) fn cache_hint(&self, resource: &ServerResource, said: Option<CacheHint>) -> CacheHint {
        let hint = said.or(resource.cache_hint()).unwrap_or(self.contents);
        // What some may not know of is kept for nobody else (2026-07-28, server/utilities/caching, "Cache Scope Field").
        if self.has_hidden() { hint.kept_private() } else { hint }
    }

    /// What else there is to read, and is not registered.
    pub(crate) fn elsewhere(&self) -> Option<&Elsewhere<ServerResource>> {
        self.fixed.elsewhere()
    }

    /// What else there is of templates.
    pub(crate) fn templates_elsewhere(&self) -> Option<&Elsewhere<ServerResource>> {
        self.templates.elsewhere()
    }

    /// One page of the resources.
    pub(crate) fn page(&self, cursor: Option<&str>, scope: &CallScope) -> Result<Paged<ListResourcesResult>, Error> {
        self.fixed.page(cursor, scope, || self.listing_templates(&Viewer::of(scope)))
    }

    /// The templates that list resources of their own, of those that the viewer may know of. Cursors know each by its
    /// template, whatever comes and goes beside it.
    fn listing_templates(&self, viewer: &Viewer<'_>) -> Vec<NamedSource<ServerResource>> {
        if !self.lists.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let listing = |template: &Arc<ServerResource>| template.lists() && self.templates.shows(template, viewer);
        let named = |template: Arc<ServerResource>| -> NamedSource<_> {
            (template.uri().into(), Arc::new(OfTemplate(template)))
        };
        self.templates.all().into_iter().filter(listing).map(named).collect()
    }

    /// One page of the templates.
    pub(crate) fn page_of_templates(
        &self,
        cursor: Option<&str>,
        scope: &CallScope,
    ) -> Result<Paged<ListResourceTemplatesResult>, Error> {
        self.templates.page(cursor, scope, Vec::new)
    }
}

impl fmt::Debug for ResourceRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResourceRegistry").field(&self.uris()).finish()
    }
}
