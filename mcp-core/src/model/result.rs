//! What a server answers, in words that hold in every revision.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CacheHint, Content, Meta, Rendered, Tool};
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
}

/// One page of tools.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ListToolsResult {
    /// The tools of this page, in the server's order.
    pub tools: Vec<Tool>,
    /// Asks for the next page; `None` at the end. An empty string is a cursor (PAGE-002).
    pub next_cursor: Option<String>,
    /// How long the page may be kept.
    pub cache: CacheHint,
}

impl ListToolsResult {
    /// A page.
    pub fn new(tools: Vec<Tool>, next_cursor: Option<String>, cache: CacheHint) -> Self {
        Self { tools, next_cursor, cache }
    }
}

/// What a tool returned, for the model to read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallToolResult {
    /// Blocks for the model; may be empty.
    #[serde(default)]
    pub content: Vec<Content>,
    /// The structured result, since 2025-06-18. `null` differs from none (TOOL-019).
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub structured_content: Option<RawJson>,
    /// The call failed in a way that the model should see (TOOL-023).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_error: bool,
    /// Open metadata.
    #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
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

    /// The text of all text blocks, joined by line breaks.
    pub fn joined_text(&self) -> String {
        self.content.iter().filter_map(Content::as_text).collect::<Vec<_>>().join("\n")
    }
}
