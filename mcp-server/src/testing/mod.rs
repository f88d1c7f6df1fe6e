//! Tests of a server without a client: its handlers, what it answers, what it offers.
//!
//! - [`Context::for_test`](crate::Context::for_test) makes the context that a handler takes, so that a unit test may call
//!   it as the function that it is, and reads what it reported.
//! - [`call`], [`get_prompt`], [`read`] and the lists ask a server as a client would, without one; [`TestClient`] says
//!   who asks.
//! - Questions to the client are answered by the test: `.answer("confirm", true)` on either of them. [`replay_always`] runs
//!   every handler again after each of them, as some clients make a server do.
//! - [`snapshot`] is everything that a server offers, to be held against what it offered before.
//!
//! What is asked here goes the way of a real call from the message on: the bounds of its JSON, visibility, layers,
//! headers that a [`TestClient`] brings, validation, the handler, its deadline, masks, and what the revision makes of
//! arguments that do not fit. No transport is involved: nothing is written for the wire, no session is opened, and the
//! bounds of connections are not met. For that, connect `mcp-client` in process.
//!
//! The module is always there, in every build: it needs no other crate, runs nothing by itself, and what a program does
//! not use of it is not linked into it.
//!
//! ```
//! use mcp_server::{Context, Server, testing, tool, tools};
//! use serde_json::json;
//!
//! /// Adds two numbers.
//! #[tool]
//! async fn add(a: i64, b: i64, ctx: Context) -> i64 {
//!     ctx.progress(1.0, 1.0, "added").await;
//!     a + b
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), mcp_server::Error> {
//! // The function alone.
//! let test = Context::for_test();
//! assert_eq!(add(1, 2, test.context()).await, 3);
//! assert_eq!(test.progress()[0].message.as_deref(), Some("added"));
//!
//! // The tool, as a client has it.
//! let server = Server::builder("calculator", "1.0.0").tools(tools![add]).build();
//! assert_eq!(testing::call(&server, "add", json!({"a": 1, "b": 2})).await?.joined_text(), "3");
//! assert!(testing::call(&server, "add", json!({"a": 1})).await?.is_error);
//! # Ok(())
//! # }
//! ```

mod client;
mod context;
mod identity;
mod recorder;
mod replay;
mod script;
mod shortcuts;
mod snapshot;

pub use client::TestClient;
pub use context::TestContext;
pub use recorder::Asked;
pub use replay::replay_always;
pub use shortcuts::{
    call, complete_prompt, complete_resource, get_prompt, list_prompts, list_resource_templates, list_resources,
    list_tools, read,
};
pub use snapshot::{Snapshot, snapshot};
