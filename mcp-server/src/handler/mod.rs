//! Handlers: what answers a call, what it takes, and what it may return.
//!
//! A [`ServerTool`], [`ServerPrompt`] or [`ServerResource`] is a definition and its handler. Arguments of tools go from
//! JSON text straight into the handler's type, those of prompts and the variables of resources from strings; what the
//! handler returns becomes a result through a trait. Nothing here knows the protocol's revisions, transports or the
//! server.

mod arguments;
mod asks;
mod blob;
mod blocking;
mod call_failure;
mod causes;
mod completions;
mod failure;
mod handlers;
mod list_of;
mod macros;
mod mounted;
mod or_panic;
mod page;
mod prompt;
mod resource;
mod schema;
mod setters;
mod state;
#[cfg(test)]
mod tests;
mod tool;
mod visibility;

pub(crate) use arguments::Variables;
pub use arguments::{from_str, is_argument, is_prompt_argument, is_variable};
pub use blob::Blob;
pub use blocking::blocking;
pub(crate) use call_failure::CallFailure;
pub(crate) use completions::CompletionFuture;
pub use completions::{Completer, CompletionRequest, IntoCompletion};
pub(crate) use failure::failure;
#[cfg(feature = "middleware")]
pub(crate) use failure::logged;
pub use handlers::{HandlerGroup, Handlers};
pub use list_of::ListOf;
pub(crate) use mounted::{Layers, Origin, mounted_name};
pub(crate) use or_panic::or_panic;
pub use page::Page;
pub use prompt::{IntoPromptResult, ServerPrompt};
pub use resource::{Directory, FileContents, IntoResourceContents, ResourceTarget, ServerResource};
pub use schema::SchemaProfile;
pub(crate) use state::StateMap;
pub use state::{SharedState, State, is_state};
#[cfg(feature = "json-schema")]
pub use tool::InvalidSchema;
pub(crate) use tool::ToolFuture;
pub use tool::{ContentStream, IntoToolResult, Json, JsonWithText, ServerTool, ToolError};
pub(crate) use visibility::Visibility;
pub use visibility::{Listed, Viewer};
