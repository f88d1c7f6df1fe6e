//! Where else a server's items come from.

use super::ServerBuilder;
use crate::registry::{PromptSource, ResourceSource, ToolSource};

impl ServerBuilder {
    /// Offers tools from elsewhere behind those that are registered: see [`ToolSource`]. Sources are asked in the order in
    /// which they are added; those of mounted servers come after all of these.
    pub fn tool_source(mut self, source: impl ToolSource) -> Self {
        self.sources.add_tools(source);
        self
    }

    /// Offers prompts from elsewhere, as [`tool_source`](Self::tool_source): see [`PromptSource`].
    pub fn prompt_source(mut self, source: impl PromptSource) -> Self {
        self.sources.add_prompts(source);
        self
    }

    /// Offers resources and templates from elsewhere, as [`tool_source`](Self::tool_source): see [`ResourceSource`].
    pub fn resource_source(mut self, source: impl ResourceSource) -> Self {
        self.sources.add_resources(source);
        self
    }
}
