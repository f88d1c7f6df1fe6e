//! What a server offers, by name: sets that may change while calls are running.

mod catalog;
mod cursor;
mod item;
mod listing;
mod prompts;
mod registries;
mod resources;
mod snapshot;
mod tools;

pub(crate) use listing::Terms;
pub use prompts::PromptRegistry;
pub(crate) use registries::Registries;
pub use resources::ResourceRegistry;
pub use tools::ToolRegistry;
