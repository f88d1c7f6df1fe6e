//! Model Context Protocol servers.

#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)
)]

mod limits;

mod context;

mod handler;

#[cfg(test)]
extern crate self as mcp_server;

pub use context::Context;
pub use handler::{Handlers, IntoToolResult, Json, ServerTool, ToolError, blocking};
pub use limits::Limits;
pub use mcp_core::{Error, ErrorKind, ProtocolVersion, json::RawJson, model, schema::Schema};
pub use mcp_macros::{handlers, tool};
/// Schemas are derived with it: `use mcp_server::schemars;` spares a dependency.
pub use schemars;

/// What expansions of the macros name. No part of the API.
#[doc(hidden)]
pub mod __private {
    pub use crate::handler::is_argument;
    pub use schemars;
    pub use serde;
}
