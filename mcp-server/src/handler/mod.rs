//! Handlers: what answers a call, what it takes, and what it may return.
//!
//! A [`ServerTool`] is a definition and its handler. Arguments go from JSON text straight into the handler's type;
//! what the handler returns becomes a result through [`IntoToolResult`]. Nothing here knows the protocol's
//! revisions, transports or the server.

mod argument_problems;
mod arguments;
mod blocking;
mod definition;
mod derived_schema;
mod did_you_mean;
mod handlers;
mod integers;
mod json_path;
mod schema;
mod server_tool;
#[cfg(test)]
mod tests;
mod tool_error;
mod tool_name;
mod tool_result;
mod tools_list;
#[cfg(feature = "json-schema")]
mod written_schema;

pub use arguments::is_argument;
pub use blocking::blocking;
pub use handlers::Handlers;
pub use schema::SchemaProfile;
pub(crate) use server_tool::CallFailure;
pub use server_tool::ServerTool;
pub use tool_error::ToolError;
pub use tool_result::{IntoToolResult, Json};
#[cfg(feature = "json-schema")]
pub use written_schema::InvalidSchema;
