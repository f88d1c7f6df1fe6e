//! Model Context Protocol clients.
//!
//! A program that wants to use a server's tools connects to it with [`McpClient`]: over HTTP, over the pipes of a
//! child process, or in the same process. Which revision of the protocol the server speaks is found out, and
//! makes no difference to the program.
//!
//! ```no_run
//! use mcp_client::{Command, McpClient};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> mcp_client::Result<()> {
//! let client = McpClient::connect_stdio(Command::new("my-server")).await?;
//! let sum: i64 = client.call_tool("add", json!({"a": 1, "b": 2})).await?.parse()?;
//! # Ok(())
//! # }
//! ```
//!
//! # Cancellation, deadlines, bounds
//!
//! Dropping a future cancels what it asked for, and tells the server so. Every request has a deadline, every
//! queue and every message a bound: see [`Limits`]. A request ends exactly once, in a result or in an [`Error`]
//! that says what happened and what to do.
//!
//! # Layout
//!
//! The modules stand in one line, and each imports only what stands before it: `error`, `limits`, `timing`, `http`,
//! `handlers`, `changes`, `cache`, `answer`, `connection`, `era`, `link`, `client`, `subscription`, `builder`, `connect`,
//! `functions`, `servers`.
//! Everything that differs between revisions of the protocol lives in `era`.

#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)
)]

mod error;

mod limits;

mod timing;

#[cfg(feature = "http")]
mod http;

mod handlers;

mod changes;

mod cache;

mod answer;

mod connection;

mod era;

mod link;

mod client;

mod subscription;

mod builder;

mod connect;

mod functions;

mod servers;

pub use builder::ClientBuilder;
pub use cache::{CacheKey, CacheStore, KeptAnswer, MemoryStore};
pub use changes::{Change, Changes};
pub use client::{Call, Items, List, ListPage, McpClient, PendingCall, Round, ToolResult};
pub use error::{Error, ErrorKind, Result};
pub use functions::{Function, FunctionApi, FunctionResult, Functions, Note, function_result};
pub use handlers::{FormAnswer, SamplingError, UrlQuestion};
#[cfg(feature = "http")]
pub use http::{RequestHeaders, redirect_policy};
pub use limits::Limits;
pub use link::Restart;
pub use mcp_core::{
    ProtocolVersion,
    era::{ListItem, Page},
    json::RawJson,
    jsonrpc::ErrorObject,
    model,
    schema::Schema,
    transport::Accept,
};
#[cfg(feature = "http")]
pub use reqwest;
pub use servers::{
    ConfigError, ServerChange, ServerConfig, ServerNews, ServerState, ServerTool, ServerTools, ServerTransport,
    Servers, ServersChanges, ServersConfig,
};
pub use subscription::Subscription;
pub use tokio::process::Command;
