//! Which family a revision belongs to.

use super::modern;
use crate::version::ProtocolVersion;

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
