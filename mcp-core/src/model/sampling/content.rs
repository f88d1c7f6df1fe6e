//! What messages to and from a model are made of.

use serde::{Deserialize, Serialize};

use crate::{
    json::{RawJson, RawObject, present},
    model::{AudioContent, CallToolResult, Content, ImageContent, Meta, TextContent, by_kind::read_by_kind},
};

/// One block of a message to or from a model (2026-07-28, schema, "SamplingMessageContentBlock").
///
/// `#[non_exhaustive]`: later revisions may add kinds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SamplingContent {
    /// Text.
    Text(TextContent),
    /// A picture.
    Image(ImageContent),
    /// Sound, since 2025-03-26.
    Audio(AudioContent),
    /// The model wants a tool to be called, since 2025-11-25.
    ToolUse(ToolUseContent),
    /// What that call gave, since 2025-11-25.
    ToolResult(ToolResultContent),
}

impl SamplingContent {
    /// A text block.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextContent::new(text))
    }

    /// The text, if this is a text block.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(content) => Some(&content.text),
            _ => None,
        }
    }
}

read_by_kind!(SamplingContent {
    "text" => Text,
    "image" => Image,
    "audio" => Audio,
    "tool_use" => ToolUse,
    "tool_result" => ToolResult,
});

macro_rules! from {
    ($($variant:ident($type:ty);)+) => {$(
        impl From<$type> for SamplingContent {
            fn from(content: $type) -> Self {
                Self::$variant(content)
            }
        }
    )+};
}

from! {
    Text(TextContent);
    Image(ImageContent);
    Audio(AudioContent);
    ToolUse(ToolUseContent);
    ToolResult(ToolResultContent);
}

impl From<&str> for SamplingContent {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for SamplingContent {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// A call of a tool that the model wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolUseContent {
    /// What its result is matched by.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments.
    pub input: RawObject,
    /// Open metadata; give it back with the message, as clients may cache by it.
    #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Box<Meta>>,
}

impl ToolUseContent {
    /// A call of that tool.
    pub fn new(id: impl Into<String>, name: impl Into<String>, input: RawObject) -> Self {
        Self { id: id.into(), name: name.into(), input, meta: None }
    }
}

/// What a call that the model wanted gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolResultContent {
    /// The `id` of the call.
    pub tool_use_id: String,
    /// What the model reads.
    #[serde(default)]
    pub content: Vec<Content>,
    /// The same as data.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub structured_content: Option<RawJson>,
    /// Whether the call failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_error: bool,
    /// Open metadata.
    #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Box<Meta>>,
}

impl ToolResultContent {
    /// What the call of that `id` gave.
    pub fn new(tool_use_id: impl Into<String>, content: impl IntoIterator<Item = impl Into<Content>>) -> Self {
        Self {
            tool_use_id: tool_use_id.into(),
            content: content.into_iter().map(Into::into).collect(),
            structured_content: None,
            is_error: false,
            meta: None,
        }
    }

    /// The result of a tool as the result of the call of that `id`.
    pub fn of(tool_use_id: impl Into<String>, result: CallToolResult) -> Self {
        let CallToolResult { content, structured_content, is_error, meta } = result;
        Self { tool_use_id: tool_use_id.into(), content, structured_content, is_error, meta }
    }

    /// Says that the call failed.
    #[must_use]
    pub fn with_error(mut self) -> Self {
        self.is_error = true;
        self
    }
}
