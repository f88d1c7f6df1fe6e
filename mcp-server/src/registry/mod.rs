//! What a server offers, by name: sets that may change while calls are running.

mod catalog;
mod tools;

pub use tools::ToolRegistry;
