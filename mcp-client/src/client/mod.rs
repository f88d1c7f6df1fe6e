//! The client: what a program asks a server.
//!
//! ```text
//! call_tool, get_prompt, … ─► Call<R> ─┐
//! list_tools, … ─► List<T> ─► ListPage ┴► Inner::ask ─► the server, in its era and over its transport
//! ```

mod call;
mod completion;
mod keeping;
mod list;
mod mcp_client;
mod meta;
mod output;
mod pager;
mod pending_call;
mod prompts;
mod request;
mod resources;
mod result;
mod rounds;
mod session;
mod tools;

pub use call::Call;
pub use list::{Items, List, ListPage};
pub use mcp_client::McpClient;
pub use pending_call::{PendingCall, Round};
pub use result::ToolResult;
