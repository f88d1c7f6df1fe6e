//! Which events a sink wants.

use mcp_core::model::ServerNotification;

/// Which events a sink wants to have: changes of lists, of single resources, or of all of them.
///
/// ```
/// use mcp_server::Interest;
///
/// let interest = Interest::nothing().tools().resource("file:///log");
/// # let _ = interest;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "an interest does nothing until a sink is attached with it"]
pub struct Interest {
    pub(super) tools: bool,
    pub(super) prompts: bool,
    pub(super) resources: bool,
    pub(super) every_resource: bool,
    pub(super) uris: Vec<String>,
}

impl Interest {
    /// No event; add those that are wanted.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Changes of every list, and of no single resource.
    pub fn all_lists() -> Self {
        Self::nothing().tools().prompts().resources()
    }

    /// Changes of the list of tools.
    pub fn tools(mut self) -> Self {
        self.tools = true;
        self
    }

    /// Changes of the list of prompts.
    pub fn prompts(mut self) -> Self {
        self.prompts = true;
        self
    }

    /// Changes of the list of resources, or of that of templates.
    pub fn resources(mut self) -> Self {
        self.resources = true;
        self
    }

    /// Changes of every single resource, under the URI that whoever announces them uses.
    pub fn every_resource(mut self) -> Self {
        self.every_resource = true;
        self
    }

    /// Changes of one resource, under this very spelling of its URI; any other spelling of it is meant too (RFC 3986,
    /// section 6.2.2).
    pub fn resource(mut self, uri: impl Into<String>) -> Self {
        self.uris.push(uri.into());
        self
    }

    /// Whether the sink wants this kind of event, single resources apart.
    pub(super) fn wants(&self, event: &ServerNotification) -> bool {
        match event {
            ServerNotification::ToolsListChanged => self.tools,
            ServerNotification::PromptsListChanged => self.prompts,
            ServerNotification::ResourcesListChanged => self.resources,
            ServerNotification::ResourceUpdated { .. } => self.every_resource,
            _ => false,
        }
    }
}
