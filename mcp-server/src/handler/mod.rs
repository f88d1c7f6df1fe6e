//! Handlers: what answers a call, what it takes, and what it may return.
//!
//! A [`ServerTool`], [`ServerPrompt`] or [`ServerResource`] is a definition and its handler. Arguments of tools go from
//! JSON text straight into the handler's type, those of prompts and the variables of resources from strings; what the
//! handler returns becomes a result through a trait. Nothing here knows the protocol's revisions, transports or the
//! server.

mod argument_problems;
mod arguments;
mod blocking;
mod completions;
mod definition;
mod derived_schema;
mod did_you_mean;
mod directory;
mod failure;
mod handlers;
mod hints;
mod json_path;
mod json_text;
mod lists;
mod mounted;
#[cfg(test)]
mod number_tests;
mod numbers;
mod prompt_result;
mod resource_contents;
mod schema;
mod server_prompt;
mod server_resource;
mod server_tool;
mod strings;
#[cfg(test)]
mod tests;
mod tool_error;
mod tool_name;
mod tool_result;
mod visibility;
#[cfg(feature = "json-schema")]
mod written_schema;

pub use arguments::{is_argument, is_prompt_argument};
pub use blocking::blocking;
pub(crate) use completions::CompletionFuture;
pub use completions::{CompletionRequest, IntoCompletion};
pub use directory::{Directory, FileContents};
pub(crate) use failure::failure;
pub use handlers::Handlers;
pub(crate) use mounted::{Layers, Origin, mounted_name};
pub use prompt_result::IntoPromptResult;
pub use resource_contents::{IntoResourceContents, ResourceTarget};
pub use schema::SchemaProfile;
pub use server_prompt::ServerPrompt;
pub(crate) use server_resource::ResourceKind;
pub use server_resource::ServerResource;
pub(crate) use server_tool::CallFailure;
pub use server_tool::ServerTool;
pub(crate) use server_tool::{ToolFuture, told};
pub(crate) use strings::Variables;
pub use strings::{from_str, is_variable};
pub use tool_error::ToolError;
pub use tool_result::{IntoToolResult, Json};
pub(crate) use visibility::Visibility;
pub use visibility::{Listed, Viewer};
#[cfg(feature = "json-schema")]
pub use written_schema::InvalidSchema;
