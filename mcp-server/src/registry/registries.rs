//! The three registries of a server.

use std::sync::Arc;

use mcp_core::{
    json::RawObject,
    model::{ListChangedCapability, ResourcesCapability, ServerCapabilities},
};

use super::{PromptRegistry, ResourceRegistry, ToolRegistry, listing::Terms, source::Sources};
use crate::handler::{SchemaProfile, Visibility};

/// Everything that a server has by name.
pub(crate) struct Registries {
    /// Shared with the tools that search them.
    pub(crate) tools: Arc<ToolRegistry>,
    pub(crate) prompts: PromptRegistry,
    /// Shared, because what was read is looked at once more when the handler has ended.
    pub(crate) resources: Arc<ResourceRegistry>,
    /// What holds for every item.
    pub(crate) visibility: Visibility,
    /// Where else items come from: for servers that this one is part of.
    pub(crate) sources: Sources,
}

impl Registries {
    pub(crate) fn new(terms: &Terms, profile: SchemaProfile, sources: Sources) -> Self {
        Self {
            tools: Arc::new(ToolRegistry::new(terms, profile, &sources.tools)),
            prompts: PromptRegistry::new(terms, &sources.prompts),
            resources: Arc::new(ResourceRegistry::new(terms, &sources)),
            sources,
            visibility: terms.visibility.clone(),
        }
    }

    /// Whether anything here completes arguments (2026-07-28, server/utilities/completion, "Capabilities").
    pub(crate) fn complete(&self) -> bool {
        self.prompts.completes() || self.resources.completes()
    }

    /// What the server offers: what was registered (2026-07-28, server/tools, "Capabilities"; 2026-07-28,
    /// server/prompts, "Prompt"; 2026-07-28, server/resources, "Capabilities").
    pub(crate) fn capabilities(&self) -> ServerCapabilities {
        let mut capabilities = ServerCapabilities::default();
        capabilities.tools = self.tools.is_declared().then(|| ListChangedCapability::new(true));
        capabilities.prompts = self.prompts.is_declared().then(|| ListChangedCapability::new(true));
        capabilities.resources = self.resources.is_declared().then(|| ResourcesCapability::new(true, true));
        capabilities.completions = self.complete().then(RawObject::default);
        capabilities
    }
}
