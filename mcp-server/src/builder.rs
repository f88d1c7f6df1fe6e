//! How a server is put together.

use std::sync::Arc;

use mcp_core::{model::Implementation, version::ProtocolVersion};

use crate::{
    engine::Engine,
    handler::{Handlers, ServerTool},
    lifecycle::{Lifecycle, Places},
    limits::Limits,
    notifier::Notifier,
    registry::ToolRegistry,
    server::Server,
};

/// Collects what a server offers. Mistakes panic at the line that makes them, when the program starts.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ServerBuilder {
    info: Implementation,
    instructions: Option<String>,
    versions: Vec<ProtocolVersion>,
    limits: Limits,
    tools: Option<Vec<ServerTool>>,
}

impl Server {
    /// Begins a server with the name and version that clients will see.
    pub fn builder(name: impl Into<String>, version: impl Into<String>) -> ServerBuilder {
        ServerBuilder {
            info: Implementation::new(name, version),
            instructions: None,
            versions: ProtocolVersion::ALL.to_vec(),
            limits: Limits::default(),
            tools: None,
        }
    }
}

impl ServerBuilder {
    /// The name for people to read.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.info.title = Some(title.into());
        self
    }

    /// How a model should use this server.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }

    /// Adds tools: `tools![add, subtract]`. An empty list declares that the server has tools, which may come later.
    ///
    /// # Panics
    ///
    /// If a tool of the same name was added before.
    #[track_caller]
    pub fn tools(mut self, tools: impl IntoIterator<Item = ServerTool>) -> Self {
        let added = self.tools.get_or_insert_default();
        for tool in tools {
            let name = &tool.definition().name;
            let known = added.iter().any(|other| other.definition().name == *name);
            assert!(!known, "two tools are called `{name}`: rename one, for example with #[tool(name = \"…\")]");
            added.push(tool);
        }
        self
    }

    /// Adds the handlers of a value: the methods that `#[handlers]` found.
    ///
    /// # Panics
    ///
    /// If a tool of the same name was added before.
    #[track_caller]
    pub fn handlers<H: Handlers>(self, handlers: H) -> Self {
        self.tools(Arc::new(handlers).tools())
    }

    /// Serves only these revisions of the protocol. All are served by default.
    ///
    /// # Panics
    ///
    /// If the list is empty.
    #[track_caller]
    pub fn versions(mut self, versions: impl IntoIterator<Item = ProtocolVersion>) -> Self {
        self.versions = versions.into_iter().collect();
        assert!(!self.versions.is_empty(), "a server must serve at least one revision of the protocol");
        self.versions.sort_unstable();
        self.versions.dedup();
        self
    }

    /// Replaces the limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The server.
    pub fn build(self) -> Server {
        let Self { info, instructions, versions, limits, tools } = self;
        let notifier = Notifier::new(limits.notification_delay);
        let registry = ToolRegistry::new(limits.page_size, notifier.clone());
        if let Some(tools) = tools {
            registry.fill(tools);
        }
        Server::assemble(|owner| Engine {
            info,
            instructions,
            versions,
            tools: registry,
            notifier,
            lifecycle: Lifecycle::default(),
            #[cfg(feature = "http")]
            calls: Places::new(limits.calls),
            streams: Places::new(limits.streams),
            limits,
            owner,
        })
    }
}
