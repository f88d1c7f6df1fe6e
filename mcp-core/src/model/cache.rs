//! How long and by whom an answer may be kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The hint that lists and discovery carry (CACHE-001). The default allows no reuse.
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
    /// Only the authorization context that asked (CACHE-008).
    Private,
}

impl Default for CacheHint {
    fn default() -> Self {
        Self { ttl: Duration::ZERO, scope: CacheScope::Private }
    }
}
