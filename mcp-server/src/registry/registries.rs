//! The three registries of a server.

use mcp_core::model::{ListChangedCapability, ResourcesCapability, ServerCapabilities};
use serde_json::Map;

use super::{PromptRegistry, ResourceRegistry, ToolRegistry};
use crate::{handler::SchemaProfile, notifier::Notifier};

/// Everything that a server has by name.
pub(crate) struct Registries {
    pub(crate) tools: ToolRegistry,
    pub(crate) prompts: PromptRegistry,
    pub(crate) resources: ResourceRegistry,
}

impl Registries {
    pub(crate) fn new(page_size: Option<usize>, profile: SchemaProfile, notifier: &Notifier) -> Self {
        Self {
            tools: ToolRegistry::new(page_size, profile, notifier.clone()),
            prompts: PromptRegistry::new(page_size, notifier.clone()),
            resources: ResourceRegistry::new(page_size, notifier.clone()),
        }
    }

    /// Whether anything here completes arguments (COMP-001).
    pub(crate) fn complete(&self) -> bool {
        self.prompts.completes() || self.resources.completes()
    }

    /// What the server offers: what was registered (TOOL-001, PROM-001, RES-001).
    pub(crate) fn capabilities(&self) -> ServerCapabilities {
        let mut capabilities = ServerCapabilities::default();
        capabilities.tools = self.tools.is_declared().then(|| ListChangedCapability::new(true));
        capabilities.prompts = self.prompts.is_declared().then(|| ListChangedCapability::new(true));
        capabilities.resources = self.resources.is_declared().then(|| ResourcesCapability::new(true, true));
        capabilities.completions = self.complete().then(Map::new);
        capabilities
    }
}
