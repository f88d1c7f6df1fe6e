//! What a server makes known without being asked.

use super::{LogMessage, Progress, ProgressToken};
use crate::json::Text;

/// An event that a server makes known.
///
/// `#[non_exhaustive]`: more events will come.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ServerNotification {
    /// The list of tools is another one.
    ToolsListChanged,
    /// The list of prompts is another one.
    PromptsListChanged,
    /// The list of resources is another one.
    ResourcesListChanged,
    /// A resource has changed.
    ResourceUpdated {
        /// Its URI, or that of a part of it.
        uri: Text,
    },
    /// A request has come this far.
    Progress {
        /// Which request.
        token: ProgressToken,
        /// How far.
        progress: Progress,
    },
    /// A call has something to say.
    Message(LogMessage),
}

impl ServerNotification {
    /// Whether a stream that is full does without it: a later report of progress says more than this one, and whoever
    /// pushes log messages says how many are missing.
    pub fn may_be_left_out(&self) -> bool {
        matches!(self, Self::Progress { .. } | Self::Message(_))
    }
}
