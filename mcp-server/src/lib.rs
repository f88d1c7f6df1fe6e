//! Model Context Protocol servers: tools, notifications, stdio and Streamable HTTP, both protocol eras from one
//! handler.
//!
//! ```no_run
//! use mcp_server::{Server, tool, tools};
//!
//! /// Adds two numbers.
//! #[tool]
//! async fn add(
//!     /// First addend.
//!     a: i64,
//!     /// Second addend.
//!     b: i64,
//! ) -> i64 {
//!     a + b
//! }
//!
//! #[tokio::main]
//! async fn main() -> mcp_server::Result<()> {
//!     Server::builder("calculator", "1.0.0").tools(tools![add]).build().serve_stdio().await
//! }
//! ```
//!
//! # Layout
//!
//! The modules stand in one line, ground floor first, and each imports only what stands before it: `limits`
//! `outbox` `notifier` `lifecycle` `watchdog` `http` `context` `handler` `registry` `router` `engine` `era` `server` `builder`
//! `serve`. A transport in `serve` reads frames; `era` decides which era each message belongs to and makes a call of
//! it; `engine` runs the call through the `router` to a handler; the answer goes back through an `outbox`.
//!
//! # Cargo features
//!
//! - `http` (default): Streamable HTTP. Without it a server speaks stdio and to peers in its own process.

#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)
)]

mod limits;

mod outbox;

mod notifier;

mod lifecycle;

mod watchdog;

#[cfg(feature = "http")]
mod http;

mod context;

mod handler;

mod registry;

mod router;

mod engine;

mod era;

mod server;

mod builder;

mod serve;

#[cfg(test)]
extern crate self as mcp_server;

#[cfg(feature = "http")]
pub use self::http::ResponseBody;
pub use builder::ServerBuilder;
pub use context::Context;
pub use handler::{Handlers, IntoToolResult, Json, ServerTool, ToolError, blocking};
pub use limits::Limits;
pub use mcp_core::{Error, ErrorKind, ProtocolVersion, json::RawJson, model, schema::Schema};
pub use mcp_macros::{handlers, tool};
pub use registry::ToolRegistry;
/// Schemas are derived with it: `use mcp_server::schemars;` spares a dependency.
pub use schemars;
#[cfg(feature = "http")]
pub use serve::{HttpListener, HttpService};
pub use serve::{Result, ServeError};
pub use server::{Server, WeakServer};

/// What expansions of the macros name. No part of the API.
#[doc(hidden)]
pub mod __private {
    pub use crate::handler::is_argument;
    pub use schemars;
    pub use serde;
}
