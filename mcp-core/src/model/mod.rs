//! The types that users of the SDK touch, cut by concept.
//!
//! They have the newest revision's shape; what older revisions lack is left out where an answer is written.
//! Structs and enums that later revisions may extend are `#[non_exhaustive]` and have constructors.

mod annotations;
mod ask;
mod by_kind;
mod cache;
mod capability;
mod completion;
mod content;
mod elicitation;
mod extension;
mod form;
mod form_question;
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
mod roots;
mod sampling;
mod tool;

pub use annotations::{Annotations, Role};
pub use ask::Ask;
pub use cache::{CacheHint, CacheScope};
pub use capability::{
    ClientCapabilities, ElicitationCapability, ListChangedCapability, ResourcesCapability, RootsCapability,
    SamplingCapability, ServerCapabilities,
};
pub use completion::{Completion, CompletionReference};
pub use content::{AudioContent, Content, EmbeddedResource, ImageContent, ResourceLink, TextContent};
pub use elicitation::{ElicitAction, ElicitForm, ElicitResult, ElicitUrl};
pub use extension::{InvalidExtension, check_extension};
pub use form::{
    BoundedField, DefaultField, FieldDefault, FieldKind, FieldNumber, FieldSchema, Form, FormChoice, FormEntry,
    FormField, FormOption, FormSchema, SeveralField, TextField, TextFormat,
};
pub use form_question::FormQuestion;
pub use icon::{Icon, IconTheme};
pub use implementation::Implementation;
pub use logging::{LogLevel, LogMessage, UnknownLevel};
pub use meta::{Meta, check_meta_key};
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
pub use roots::{ListRootsResult, Root};
pub use sampling::{
    CreateMessage, CreateMessageResult, IncludeContext, ModelPreferences, SamplingContent, SamplingMessage, ToolChoice,
    ToolResultContent, ToolUseContent,
};
pub use tool::{Tool, ToolAnnotations};
