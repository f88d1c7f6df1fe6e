//! The tools of a server.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use mcp_core::{error::Error, model::ListToolsResult};

use super::{
    list::Tools,
    listing::{Listing, Terms},
    merge::{Elsewhere, Paged},
    source::SourceList,
};
use crate::{
    context::CallScope,
    handler::{ListOf, SchemaProfile, ServerTool, Viewer},
};

/// The tools of a server, in the order of their arrival.
///
/// Tools may come and go while the server runs. Whoever listens is told: once for all changes within a few
/// milliseconds. A call that has begun keeps the tool it began with.
///
/// ```
/// use mcp_server::{Server, tool, tools};
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// let server = Server::builder("calculator", "1.0.0").tools(tools![]).build();
/// server.tools().insert(add::tool());
/// assert_eq!(server.tools().names(), ["add"]);
/// server.tools().remove("add");
/// assert!(server.tools().is_empty());
/// ```
#[repr(C)]
pub struct ToolRegistry {
    /// Set with the first tool that has arguments which headers repeat; most servers have none. Beside what every call
    /// looks at, as it is itself.
    mirrored: AtomicBool,
    /// Most bytes of text of a result.
    result_text_bytes: Option<usize>,
    listing: Listing<Tools>,
}

impl ToolRegistry {
    pub(super) fn new(terms: &Terms, profile: SchemaProfile, sources: &SourceList<ServerTool>) -> Self {
        Self {
            listing: Listing::new(terms, Tools(profile), sources),
            mirrored: AtomicBool::new(false),
            result_text_bytes: terms.result_text_bytes,
        }
    }

    #[track_caller]
    pub(crate) fn fill(&self, tools: impl IntoIterator<Item = ServerTool>) {
        self.listing.fill(tools.into_iter().map(|tool| self.admit(tool)));
    }

    pub(crate) fn is_declared(&self) -> bool {
        self.listing.is_declared()
    }

    /// Adds a tool. One of the same name is replaced, keeps its place in the list, and is returned.
    ///
    /// # Panics
    ///
    /// If the tool takes [`State`](crate::State) that the server does not have.
    #[track_caller]
    pub fn insert(&self, tool: ServerTool) -> Option<ServerTool> {
        self.listing.insert(self.admit(tool))
    }

    /// Removes the tool of that name and returns it. If there is none, nobody is told. A mounted one is removed from the
    /// server that it belongs to.
    pub fn remove(&self, name: &str) -> Option<ServerTool> {
        self.listing.remove(name)
    }

    /// Replaces all tools at once, but for mounted ones.
    ///
    /// # Panics
    ///
    /// If one of them takes [`State`](crate::State) that the server does not have.
    #[track_caller]
    pub fn replace_all(&self, tools: impl ListOf<ServerTool>) {
        self.listing.replace_all(tools.into_iter().map(|tool| self.admit(tool)));
    }

    /// The tool of that name.
    pub fn get(&self, name: &str) -> Option<Arc<ServerTool>> {
        self.listing.get(name)
    }

    /// The tool of that name, if it has arguments which headers repeat. Costs nothing where no tool has.
    pub(crate) fn with_mirror(&self, name: &str) -> Option<Arc<ServerTool>> {
        if !self.mirrored.load(Ordering::Relaxed) {
            return None;
        }
        self.get(name).filter(|tool| tool.mirror().is_some())
    }

    /// Notes what a tool needs before it can be found.
    fn admit(&self, tool: ServerTool) -> ServerTool {
        if tool.mirror().is_some() {
            self.mirrored.store(true, Ordering::Relaxed);
        }
        tool
    }

    /// Whether some may not know of a tool.
    pub(crate) fn has_hidden(&self) -> bool {
        self.listing.has_hidden()
    }

    /// The tool of that name, if the viewer may know of it.
    pub(crate) fn visible(&self, name: &str, viewer: &Viewer<'_>) -> Option<Arc<ServerTool>> {
        self.listing.visible(name, viewer)
    }

    /// All tools, in order.
    pub(crate) fn all(&self) -> Vec<Arc<ServerTool>> {
        self.listing.all()
    }

    /// Puts the tools of a mounted server in its place, before this server runs.
    pub(crate) fn fill_mounted(&self, place: usize, tools: impl FnOnce() -> Vec<ServerTool>) {
        self.listing.fill_mounted(place, || tools().into_iter().map(|tool| self.admit(tool)).collect());
    }

    /// As [`fill_mounted`](Self::fill_mounted), while it runs.
    pub(crate) fn replace_mounted(&self, place: usize, tools: impl FnOnce() -> Vec<ServerTool>) {
        self.fill_mounted(place, tools);
        self.changed();
    }

    /// Calls `hook` whenever the list has changed, until it returns `false`.
    pub(crate) fn on_change(&self, hook: impl Fn() -> bool + Send + Sync + 'static) {
        self.listing.on_change(Arc::new(hook));
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<String> {
        self.listing.names()
    }

    /// Whether there are no tools.
    pub fn is_empty(&self) -> bool {
        self.listing.is_empty()
    }

    pub(crate) fn changed(&self) {
        self.listing.changed();
    }

    /// Most bytes of text of a result; `None` if that is no matter.
    pub(crate) fn result_text_bytes(&self) -> Option<usize> {
        self.result_text_bytes
    }

    /// Says which of the tools that a viewer may know of stand in the list. Once; then sources do not either.
    #[cfg(feature = "discovery")]
    pub(crate) fn show_only(&self, shown: impl Fn(&ServerTool, &Viewer<'_>) -> bool + Send + Sync + 'static) {
        self.listing.show_only(shown);
    }

    /// What else there is, and is not registered.
    pub(crate) fn elsewhere(&self) -> Option<&Elsewhere<ServerTool>> {
        self.listing.elsewhere()
    }

    /// One page of the list.
    pub(crate) fn page(&self, cursor: Option<&str>, scope: &CallScope) -> Result<Paged<ListToolsResult>, Error> {
        self.listing.page(cursor, scope, Vec::new)
    }
}

impl fmt::Debug for ToolRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ToolRegistry").field(&self.names()).finish()
    }
}
