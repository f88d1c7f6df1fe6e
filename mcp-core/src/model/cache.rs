//! How long and by whom an answer may be kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The hint that lists, discovery and what is read carry (2026-07-28, server/utilities/caching, "Cacheable Results").
/// The default allows no reuse. Closed.
///
/// ```
/// use std::time::Duration;
/// use mcp_core::model::{CacheHint, CacheScope};
///
/// let minute = CacheHint::public(Duration::from_secs(60));
/// assert_eq!((minute.ttl.as_secs(), minute.scope), (60, CacheScope::Public));
/// assert_eq!(CacheHint::default(), CacheHint::private(Duration::ZERO));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheHint {
    /// For how long the answer is fresh, in whole milliseconds on the wire.
    pub ttl: Duration,
    /// Who may share it.
    pub scope: CacheScope,
}

/// Who may share a cached answer. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheScope {
    /// Anybody, whoever asked.
    Public,
    /// Only the authorization context that asked (2026-07-28, server/utilities/caching, "Cache Scope Field").
    Private,
}

impl CacheHint {
    /// Fresh for that long, for anybody: only for what is the same whoever asks (2026-07-28, server/utilities/caching,
    /// "Cache Scope Field").
    pub const fn public(ttl: Duration) -> Self {
        Self { ttl, scope: CacheScope::Public }
    }

    /// Fresh for that long, for the authorization context that asked and for no other.
    pub const fn private(ttl: Duration) -> Self {
        Self { ttl, scope: CacheScope::Private }
    }

    /// The same time, for nobody but the one who asked.
    #[must_use]
    pub const fn kept_private(self) -> Self {
        Self::private(self.ttl)
    }
}

impl Default for CacheHint {
    fn default() -> Self {
        Self::private(Duration::ZERO)
    }
}
