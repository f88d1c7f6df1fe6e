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
use crate::{handler::ServerTool, notifier::Notifier};

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
    /// Set with the first tool that has arguments which headers repeat; most servers have none.
    mirrored: AtomicBool,
}

impl Named for ServerTool {
    fn name(&self) -> &str {
        &self.definition().name
    }
}

impl ToolRegistry {
    pub(crate) fn new(page_size: Option<usize>, notifier: Notifier) -> Self {
        Self {
            catalog: Catalog::new(page_size),
            notifier,
            cache: CacheHint::default(),
            declared: AtomicBool::new(false),
            mirrored: AtomicBool::new(false),
        }
    }

    /// Adds tools without telling anybody: the server is not running yet.
    pub(crate) fn fill(&self, tools: impl IntoIterator<Item = ServerTool>) {
        self.declared.store(true, Ordering::Relaxed);
        self.catalog.insert(tools.into_iter().map(|tool| self.admit(tool)));
    }

    /// Whether the server says that it has tools (TOOL-001).
    pub(crate) fn is_declared(&self) -> bool {
        self.declared.load(Ordering::Relaxed)
    }

    /// Adds a tool. One of the same name is replaced, keeps its place in the list, and is returned.
    pub fn insert(&self, tool: ServerTool) -> Option<ServerTool> {
        let replaced = self.catalog.insert([self.admit(tool)]).pop();
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
        self.catalog.replace_all(tools.into_iter().map(|tool| self.admit(tool)));
        self.changed();
    }

    /// The tool of that name.
    pub fn get(&self, name: &str) -> Option<Arc<ServerTool>> {
        self.catalog.get(name)
    }

    /// The tool of that name, if it has arguments which headers repeat. Costs nothing where no tool has.
    #[cfg(feature = "http")]
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
        let cache = self.cache;
        let render = |tools: Vec<Arc<ServerTool>>, next: Option<String>| {
            let definitions = tools.iter().map(|tool| tool.definition().clone()).collect();
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
