//! What a server offers, by name: sets that may change while calls are running.

mod bound_source;
mod catalog;
mod cursor;
mod item;
mod list;
mod listing;
mod merge;
mod prompts;
mod registries;
mod resources;
mod snapshot;
mod source;
mod tools;

pub(crate) use listing::Terms;
pub(crate) use merge::{Elsewhere, Paged};
pub use prompts::PromptRegistry;
pub(crate) use registries::Registries;
pub use resources::ResourceRegistry;
pub use source::{PromptSource, ResourceSource, ToolSource};
pub(crate) use source::{Source, SourceList, Sources};
pub use tools::ToolRegistry;
