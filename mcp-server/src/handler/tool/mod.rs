//! Tools: their definitions, their handlers, and what these return.

mod definition;
mod error;
#[cfg(feature = "json-schema")]
mod from_schema;
mod name;
mod result;
mod server_tool;
mod stream;

pub(super) use definition::Definition;
pub use error::ToolError;
#[cfg(feature = "json-schema")]
pub use from_schema::InvalidSchema;
pub(super) use name::check as check_name;
pub use result::{IntoToolResult, Json, JsonWithText};
pub use server_tool::ServerTool;
pub(crate) use server_tool::ToolFuture;
pub use stream::ContentStream;
