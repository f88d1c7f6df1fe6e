//! Prompts: their definitions, their handlers, and what these return.

mod result;
mod server_prompt;

pub use result::IntoPromptResult;
pub use server_prompt::ServerPrompt;
