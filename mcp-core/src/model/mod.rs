//! The types that users of the SDK touch, cut by concept.
//!
//! They have the newest revision's shape; what older revisions lack is left out where an answer is written.
//! Structs and enums that later revisions may extend are `#[non_exhaustive]` and have constructors.

mod annotations;
mod cache;
mod capability;
mod completion;
mod content;
mod extension;
mod icon;
mod implementation;
mod logging;
mod meta;
mod notification;
mod progress;
mod prompt;
mod rendered;
mod request;
mod resource;
mod resource_contents;
mod result;
mod tool;

pub use annotations::{Annotations, Role};
pub use cache::{CacheHint, CacheScope};
pub use capability::{
    ClientCapabilities, ElicitationCapability, ListChangedCapability, ResourcesCapability, RootsCapability,
    SamplingCapability, ServerCapabilities,
};
pub use completion::{Completion, CompletionReference};
pub use content::{AudioContent, Content, EmbeddedResource, ImageContent, ResourceLink, TextContent};
pub use extension::{InvalidExtension, check_extension};
pub use icon::{Icon, IconTheme};
pub use implementation::Implementation;
pub use logging::{LogLevel, LogMessage, UnknownLevel};
pub use meta::Meta;
pub use notification::ServerNotification;
pub use progress::{Progress, ProgressToken};
pub use prompt::{GetPromptResult, Prompt, PromptArgument, PromptMessage};
pub use rendered::Rendered;
pub use request::{CompleteParams, Request};
pub use resource::{ReadResourceResult, Resource, ResourceTemplate};
pub use resource_contents::ResourceContents;
pub use result::{
    CallToolResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, ServerResult,
};
pub use tool::{Tool, ToolAnnotations};
