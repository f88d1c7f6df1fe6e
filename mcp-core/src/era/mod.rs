//! The two eras of the protocol: how neutral words become wire shapes and back.
//!
//! `legacy` covers 2024-11-05 to 2025-11-25: a handshake opens a session. `modern` covers 2026-07-28: every
//! request stands alone. What both share stands in `shared`.

mod client;
pub mod legacy;
pub mod modern;
mod request;
mod shared;

pub use client::{Misread, ToolPage, owner_of, read_notification, split_batch, write_answer, write_cancelled};

use crate::version::ProtocolVersion;

/// Whether a revision of the protocol defines this method, so that no extension may. Not the methods of tasks, which
/// one revision had and an extension of the newest defines anew.
pub fn defines(method: &str) -> bool {
    matches!(
        method,
        "initialize"
            | "ping"
            | "server/discover"
            | "subscriptions/listen"
            | "tools/list"
            | "tools/call"
            | "prompts/list"
            | "prompts/get"
            | "resources/list"
            | "resources/templates/list"
            | "resources/read"
            | "resources/subscribe"
            | "resources/unsubscribe"
            | "completion/complete"
            | "logging/setLevel"
            | "sampling/createMessage"
            | "elicitation/create"
            | "roots/list"
    ) || method.starts_with("notifications/")
}

/// The two families of revisions. Closed: a third would be another protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Era {
    /// Handshake and sessions: 2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25.
    Legacy,
    /// Stateless, each request complete in itself: 2026-07-28.
    Modern,
}

impl Era {
    /// The era that a revision belongs to.
    pub fn of(version: ProtocolVersion) -> Self {
        if version >= modern::FIRST { Self::Modern } else { Self::Legacy }
    }

    /// The revisions of this era among `versions`, in their order.
    pub fn select(self, versions: &[ProtocolVersion]) -> impl DoubleEndedIterator<Item = ProtocolVersion> + '_ {
        versions.iter().copied().filter(move |version| Self::of(*version) == self)
    }
}
