//! The error about a prompt that does not exist, for who asks for it and for who completes its arguments.

use mcp_core::error::{Error, shown};

/// Held to 2026-07-28, server/prompts, "Error Handling".
pub(super) fn unknown_prompt(name: &str) -> Error {
    Error::invalid_params(format!("unknown prompt `{}`: prompts/list names those there are", shown(name)))
}
