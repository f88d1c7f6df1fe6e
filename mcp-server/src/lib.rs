//! Model Context Protocol servers: tools, prompts, resources, notifications, stdio and Streamable HTTP, both protocol
//! eras from one handler.
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
//! The [`guide`] goes through all of it, page by page.
//!
//! # Layout
//!
//! The modules stand in one line, ground floor first, and each imports only what stands before it: `limits` `budget`
//! `outbox` `notifier` `lifecycle` `watchdog` `request_state` `backplane` `refusal_log` `rounds` `http` `logging` `context` `handler` `extension` `registry`
//! `discovery` `router` `middleware` `engine` `era` `server` `builder` `serve` `testing`. A transport in `serve` reads frames; `era` decides
//! which era each message belongs to and makes a call of
//! it; `engine` runs the call through the `router` to a handler; the answer goes back through an `outbox`.
//!
//! # Cargo features
//!
//! - `http` (default): Streamable HTTP. Without it a server speaks stdio and to peers in its own process.
//! - `middleware` (with `http`): tower layers around calls, and what came with the HTTP request of a call.
//! - `seal` (with `http`): what clients carry for the server, such as cursors, is sealed with a key. Without it, such
//!   things are marked and checked, but not secret, which is enough between two ends of a pipe.
//! - `json-schema` (default): validation of what a schema says beyond its type, such as ranges and patterns, and tools
//!   whose schemas are written by hand. Without it, making a tool whose schema says more than its type panics.
//! - `unix-socket` (default): `Server::serve_unix`, on systems that have Unix sockets.
//! - `discovery`: large catalogues of tools that are searched instead of listed: `ServerBuilder::discovery`.
//! - `tracing-layer`: `ClientLogLayer`, which forwards the `tracing` events of handlers to the clients of their calls.

#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)
)]

mod limits;

mod budget;

mod permits;

mod outbox;

mod notifier;

mod lifecycle;

mod watchdog;

mod request_state;

mod backplane;

mod refusal_log;

mod rounds;

#[cfg(feature = "http")]
mod http;

mod logging;

mod context;

mod handler;

mod extension;

mod registry;

#[cfg(feature = "discovery")]
mod discovery;

mod router;

#[cfg(feature = "middleware")]
pub mod middleware;

mod engine;

mod era;

mod server;

mod builder;

mod serve;

pub mod testing;

// The programs of the pages are run by `examples`, where they may also use the client.
#[cfg(all(doc, not(doctest)))]
pub mod guide;

#[cfg(test)]
extern crate self as mcp_server;

#[cfg(feature = "http")]
pub use self::http::ResponseBody;
/// The traits of sources are asynchronous: `#[async_trait]` stands before what implements them.
pub use async_trait::async_trait;
pub use builder::ServerBuilder;
pub use context::{Answer, Context, NotAnswered};
#[cfg(feature = "discovery")]
pub use discovery::Discovery;
pub use extension::{Extension, IntoMethodResult};
#[cfg(feature = "json-schema")]
pub use handler::InvalidSchema;
pub use handler::{
    Blob, Completer, CompletionRequest, ContentStream, Directory, FileContents, HandlerGroup, Handlers, IntoCompletion,
    IntoPromptResult, IntoResourceContents, IntoToolResult, Json, JsonWithText, ListOf, Listed, Page, ResourceTarget,
    SchemaProfile, ServerPrompt, ServerResource, ServerTool, SharedState, State, ToolError, Viewer, blocking,
};
pub use limits::{CacheHints, Limits};
#[cfg(feature = "tracing-layer")]
pub use logging::ClientLogLayer;
pub use logging::Logger;
pub use mcp_core::call::Principal;
/// What a server asks its client's user, as types; `#[derive(Form)]` writes them.
pub use mcp_core::model::{Ask, Form, FormChoice, FormField};
/// For sinks of a program's own: [`Server::attach`], [`Server::relay`].
pub use mcp_core::sink::{NotPushed, NotificationSink, Origin, Published};
pub use mcp_core::{
    Error, ErrorKind, ProtocolVersion, json::RawJson, json::RawObject, model, model::InvalidExtension, schema::Schema,
    transport, uri_template,
};
pub use mcp_macros::{Form, handlers, prompt, resource, tool};
pub use notifier::{Attachment, Interest};
pub use registry::{PromptRegistry, PromptSource, ResourceRegistry, ResourceSource, ToolRegistry, ToolSource};
/// Schemas are derived with it: `use mcp_server::schemars;` spares a dependency.
pub use schemars;
#[cfg(all(unix, feature = "unix-socket"))]
pub use serve::UnixSocketListener;
#[cfg(feature = "http")]
pub use serve::{HttpListener, HttpService};
pub use serve::{Result, ServeError};
pub use server::{Server, WeakServer};

/// What expansions of the macros name. No part of the API.
#[doc(hidden)]
pub mod __private {
    pub use crate::handler::{from_str, is_argument, is_prompt_argument, is_state, is_variable};
    pub use schemars;
    pub use serde;
}
