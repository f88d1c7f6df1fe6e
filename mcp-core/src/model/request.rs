//! What a client may ask of a server, in words that hold in every revision.

use crate::json::{RawJson, Text};

/// A question to a server.
///
/// `#[non_exhaustive]`: more methods will come.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Request {
    /// `tools/list`: one page of the tools.
    ListTools {
        /// Where the page starts; `None` for the first. Opaque to everybody but the server (PAGE-002).
        cursor: Option<Text>,
    },
    /// `tools/call`.
    CallTool {
        /// The tool's name.
        name: Text,
        /// The arguments, always a JSON object (TOOL-010).
        arguments: RawJson,
    },
}

impl Request {
    /// The method's name on the wire.
    pub fn method(&self) -> &'static str {
        match self {
            Self::ListTools { .. } => "tools/list",
            Self::CallTool { .. } => "tools/call",
        }
    }
}
