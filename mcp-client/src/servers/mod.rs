//! Many servers at once, as an agent has them: from an `mcp.json`, each up or down on its own.
//!
//! ```text
//! mcp.json ── ServersConfig ──► Servers ──► a supervisor for each server: connect, listen, connect again
//!                                   ▲            │
//!   list_tools, call_tool ──────────┘            └──► ServersChanges (which server, what)
//! ```

mod changes;
mod config;
mod member;
mod names;
mod parse;
mod set;
mod variables;

pub use changes::{ServerChange, ServerNews, ServersChanges};
pub use config::{ConfigError, ServerConfig, ServerTransport, ServersConfig};
pub use member::ServerState;
pub use set::{ServerTool, ServerTools, Servers};
