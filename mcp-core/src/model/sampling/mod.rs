//! Sampling: a server asks the client's model.

mod content;
mod message;
mod request;

pub use content::{SamplingContent, ToolResultContent, ToolUseContent};
pub use message::{CreateMessageResult, SamplingMessage};
pub use request::{CreateMessage, IncludeContext, ModelPreferences, ToolChoice};
