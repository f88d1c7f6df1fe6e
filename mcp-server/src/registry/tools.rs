//! The tools of a server.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use mcp_core::{
    error::Error,
    model::{CacheHint, ListToolsResult, Rendered, ServerNotification},
};

use super::catalog::{Catalog, Named};
use crate::{
    handler::{SchemaProfile, ServerTool},
    notifier::Notifier,
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
pub struct ToolRegistry {
    catalog: Catalog<ServerTool, Rendered<ListToolsResult>>,
    notifier: Notifier,
    cache: CacheHint,
    /// Set with the first tool, or by the builder, and for good: a capability does not go away.
    declared: AtomicBool,
    /// Set with the first tool that wants arguments in headers, so that calls of others are not looked up for it.
    mirrors: AtomicBool,
    profile: SchemaProfile,
}

impl Named for ServerTool {
    fn name(&self) -> &str {
        &self.definition().name
    }
}

impl ToolRegistry {
    pub(crate) fn new(page_size: Option<usize>, profile: SchemaProfile, notifier: Notifier) -> Self {
        let [declared, mirrors] = [const { AtomicBool::new(false) }; 2];
        Self { catalog: Catalog::new(page_size), notifier, cache: CacheHint::default(), declared, mirrors, profile }
    }

    /// Adds tools without telling anybody: the server is not running yet.
    pub(crate) fn fill(&self, tools: impl IntoIterator<Item = ServerTool>) {
        self.declared.store(true, Ordering::Relaxed);
        self.catalog.insert(tools.into_iter().inspect(|tool| self.meet(tool)));
    }

    fn meet(&self, tool: &ServerTool) {
        if !tool.mirrored().is_empty() {
            self.mirrors.store(true, Ordering::Release);
        }
    }

    /// The tool of that name, if it wants arguments mirrored into headers.
    #[cfg(feature = "http")]
    pub(crate) fn mirroring(&self, name: &str) -> Option<Arc<ServerTool>> {
        self.mirrors.load(Ordering::Acquire).then(|| self.get(name))?.filter(|tool| !tool.mirrored().is_empty())
    }

    /// Whether the server says that it has tools (TOOL-001).
    pub(crate) fn is_declared(&self) -> bool {
        self.declared.load(Ordering::Relaxed)
    }

    /// Adds a tool. One of the same name is replaced, keeps its place in the list, and is returned.
    pub fn insert(&self, tool: ServerTool) -> Option<ServerTool> {
        self.meet(&tool);
        let replaced = self.catalog.insert([tool]).pop();
        self.changed();
        replaced.map(Arc::unwrap_or_clone)
    }

    /// Removes the tool of that name and returns it. If there is none, nobody is told.
    pub fn remove(&self, name: &str) -> Option<ServerTool> {
        let removed = self.catalog.remove(name)?;
        self.changed();
        Some(Arc::unwrap_or_clone(removed))
    }

    /// Replaces all tools at once.
    pub fn replace_all(&self, tools: impl IntoIterator<Item = ServerTool>) {
        self.catalog.replace_all(tools.into_iter().inspect(|tool| self.meet(tool)));
        self.changed();
    }

    /// The tool of that name.
    pub fn get(&self, name: &str) -> Option<Arc<ServerTool>> {
        self.catalog.get(name)
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<String> {
        self.catalog.all().iter().map(|tool| tool.name().to_owned()).collect()
    }

    /// Whether there are no tools.
    pub fn is_empty(&self) -> bool {
        self.catalog.is_empty()
    }

    /// Says that the list has changed; the methods of this type do so themselves.
    pub(crate) fn changed(&self) {
        self.declared.store(true, Ordering::Relaxed);
        self.notifier.list_changed(ServerNotification::ToolsListChanged);
    }

    /// One page of the list.
    pub(crate) fn page(&self, cursor: Option<&str>) -> Result<Arc<Rendered<ListToolsResult>>, Error> {
        let (cache, profile) = (self.cache, self.profile);
        let render = |tools: Vec<Arc<ServerTool>>, next: Option<String>| {
            let definitions = tools.iter().map(|tool| profile.show(tool.definition())).collect();
            Rendered::new(ListToolsResult::new(definitions, next, cache))
        };
        self.catalog
            .page(cursor, render)
            .map_err(|_| Error::invalid_params("`params.cursor` is not a cursor of this list: start again without one"))
    }
}

impl fmt::Debug for ToolRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ToolRegistry").field(&self.names()).finish()
    }
}
