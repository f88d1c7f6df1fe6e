//! How a server is put together.

use std::sync::Arc;

use mcp_core::{model::Implementation, version::ProtocolVersion};

use crate::{
    engine::Engine,
    handler::{Handlers, SchemaProfile, ServerPrompt, ServerResource, ServerTool},
    lifecycle::{Lifecycle, Places},
    limits::Limits,
    notifier::Notifier,
    registry::Registries,
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
    prompts: Option<Vec<ServerPrompt>>,
    resources: Option<Vec<ServerResource>>,
    schema_profile: SchemaProfile,
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
            prompts: None,
            resources: None,
            schema_profile: SchemaProfile::default(),
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

    /// Adds prompts: `prompts![plan]`. An empty list declares that the server has prompts, which may come later.
    ///
    /// # Panics
    ///
    /// If a prompt of the same name was added before.
    #[track_caller]
    pub fn prompts(mut self, prompts: impl IntoIterator<Item = ServerPrompt>) -> Self {
        let added = self.prompts.get_or_insert_default();
        for prompt in prompts {
            let name = &prompt.definition().name;
            let known = added.iter().any(|other| other.definition().name == *name);
            assert!(!known, "two prompts are called `{name}`: rename one, for example with #[prompt(name = \"…\")]");
            added.push(prompt);
        }
        self
    }

    /// Adds resources and templates: `resources![yesterday]`. An empty list declares that the server has resources,
    /// which may come later.
    ///
    /// # Panics
    ///
    /// If a resource of the same URI was added before, or a template that takes every URI of this one.
    #[track_caller]
    pub fn resources(mut self, resources: impl IntoIterator<Item = ServerResource>) -> Self {
        let added = self.resources.get_or_insert_default();
        for resource in resources {
            let uri = resource.uri();
            let known = added.iter().any(|other| other.uri() == uri);
            assert!(!known, "two resources have the URI `{uri}`: give one of them another");
            let above = added.iter().find(|other| other.covers(&resource)).map_or("", ServerResource::uri);
            assert!(above.is_empty(), "`{uri}` is never read: `{above}` takes all its URIs: add `{uri}` before it");
            added.push(resource);
        }
        self
    }

    /// Adds the handlers of a value: the methods that `#[handlers]` found.
    ///
    /// # Panics
    ///
    /// As [`ServerBuilder::tools`], [`ServerBuilder::prompts`] and [`ServerBuilder::resources`].
    #[track_caller]
    pub fn handlers<H: Handlers>(mut self, handlers: H) -> Self {
        let handlers = Arc::new(handlers);
        let (tools, prompts) = (handlers.clone().tools(), handlers.clone().prompts());
        let resources = handlers.resources();
        // What a value has none of is not declared for its sake.
        if !tools.is_empty() {
            self = self.tools(tools);
        }
        if !prompts.is_empty() {
            self = self.prompts(prompts);
        }
        if !resources.is_empty() {
            self = self.resources(resources);
        }
        self
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

    /// How lists show the schemas of tools, for clients that read only part of JSON Schema.
    pub fn schema_profile(mut self, profile: SchemaProfile) -> Self {
        self.schema_profile = profile;
        self
    }

    /// The server.
    pub fn build(self) -> Server {
        let Self { info, instructions, versions, limits, tools, prompts, resources, schema_profile } = self;
        let notifier = Notifier::new(limits.notification_delay);
        let registries = Registries::new(limits.page_size, schema_profile, &notifier);
        if let Some(tools) = tools {
            registries.tools.fill(tools);
        }
        if let Some(prompts) = prompts {
            registries.prompts.fill(prompts);
        }
        if let Some(resources) = resources {
            registries.resources.fill(resources);
        }
        Server::assemble(|owner| Engine {
            info,
            instructions,
            versions,
            registries,
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
