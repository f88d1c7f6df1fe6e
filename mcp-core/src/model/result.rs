//! What a server answers, in words that hold in every revision.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    CacheHint, Completion, Content, GetPromptResult, Meta, Prompt, ReadResourceResult, Rendered, Resource,
    ResourceTemplate, Tool, meta::collect,
};
use crate::json::{RawJson, present};

/// A successful answer of a server.
///
/// `#[non_exhaustive]`: more methods will come.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ServerResult {
    /// Answers `tools/list`. Shared: a page is rendered once for everybody.
    ListTools(Arc<Rendered<ListToolsResult>>),
    /// Answers `tools/call`.
    CallTool(CallToolResult),
    /// Answers `prompts/list`. Shared as the tools are.
    ListPrompts(Arc<Rendered<ListPromptsResult>>),
    /// Answers `prompts/get`.
    GetPrompt(GetPromptResult),
    /// Answers `resources/list`. Shared as the tools are.
    ListResources(Arc<Rendered<ListResourcesResult>>),
    /// Answers `resources/templates/list`. Shared as the tools are.
    ListResourceTemplates(Arc<Rendered<ListResourceTemplatesResult>>),
    /// Answers `resources/read`.
    ReadResource(ReadResourceResult),
    /// Answers `completion/complete`.
    Complete(Completion),
    /// Answers a method of an extension. Always a JSON object.
    Custom(RawJson),
}

macro_rules! list_result {
    ($(#[$doc:meta])* $name:ident, $items:ident: $item:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            /// The items of this page, in the server's order.
            pub $items: Vec<$item>,
            /// Asks for the next page; `None` at the end. An empty string is a cursor (2026-07-28,
            /// server/utilities/pagination, "Implementation Guidelines").
            pub next_cursor: Option<String>,
            /// How long the page may be kept.
            pub cache: CacheHint,
        }

        impl $name {
            /// A page.
            pub fn new($items: Vec<$item>, next_cursor: Option<String>, cache: CacheHint) -> Self {
                Self { $items, next_cursor, cache }
            }
        }
    };
}

list_result! {
    /// One page of tools.
    ListToolsResult, tools: Tool
}
list_result! {
    /// One page of prompts.
    ListPromptsResult, prompts: Prompt
}
list_result! {
    /// One page of resources.
    ListResourcesResult, resources: Resource
}
list_result! {
    /// One page of resource templates.
    ListResourceTemplatesResult, resource_templates: ResourceTemplate
}

/// What a tool returned, for the model to read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallToolResult {
    /// Blocks for the model; may be empty.
    #[serde(default)]
    pub content: Vec<Content>,
    /// The structured result, since 2025-06-18. `null` differs from none (2026-07-28, server/tools, "Structured
    /// Content").
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub structured_content: Option<RawJson>,
    /// The call failed in a way that the model should see (2026-07-28, schema, "CallToolResult").
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_error: bool,
    /// Open metadata.
    #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Box<Meta>>,
}

impl CallToolResult {
    /// A result of these blocks.
    pub fn new(content: Vec<Content>) -> Self {
        Self { content, ..Self::default() }
    }

    /// A result of one text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(vec![Content::text(text)])
    }

    /// A failure that the model should read: what went wrong and what to do about it.
    pub fn error(text: impl Into<String>) -> Self {
        Self { is_error: true, ..Self::text(text) }
    }

    /// Adds the structured result, for clients that read it. Its text, for the others, is a block of the content.
    #[must_use]
    pub fn with_structured_content(mut self, structured: RawJson) -> Self {
        self.structured_content = Some(structured);
        self
    }

    /// Adds open metadata: `[("com.example/source", "station 7")]`, or a whole [`Meta`].
    #[must_use]
    pub fn with_meta(mut self, meta: impl IntoIterator<Item = (impl Into<String>, impl Into<Value>)>) -> Self {
        self.meta = Some(collect(meta));
        self
    }

    /// The text of all text blocks, joined by line breaks.
    pub fn joined_text(&self) -> String {
        self.content.iter().filter_map(Content::as_text).collect::<Vec<_>>().join("\n")
    }
}
