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
    /// The notification's name on the wire.
    pub fn method(&self) -> &'static str {
        match self {
            Self::ToolsListChanged => "notifications/tools/list_changed",
            Self::PromptsListChanged => "notifications/prompts/list_changed",
            Self::ResourcesListChanged => "notifications/resources/list_changed",
            Self::ResourceUpdated { .. } => "notifications/resources/updated",
            Self::Progress { .. } => "notifications/progress",
            Self::Message(_) => "notifications/message",
        }
    }

    /// Whether a later event of the same kind says all that this one says, so that an unsent one may be
    /// replaced.
    pub fn is_replaced_by(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Progress { token, .. }, Self::Progress { token: other, .. }) => token == other,
            (Self::Progress { .. } | Self::Message(_), _) | (_, Self::Progress { .. }) => false,
            _ => self == later,
        }
    }

    /// Whether a stream that is full does without it: a later report says more than this one (PROG-007), and whoever
    /// pushes log messages says how many are missing.
    pub fn may_be_left_out(&self) -> bool {
        matches!(self, Self::Progress { .. } | Self::Message(_))
    }
}
