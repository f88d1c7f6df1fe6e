//! How far a request has come.

use serde::{Deserialize, Serialize};

use crate::jsonrpc::RequestId;

/// Names the request that progress belongs to: a string or an integer chosen by whoever asked (2026-07-28,
/// basic/patterns/progress, "Progress Flow").
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProgressToken(pub RequestId);

/// How far a request has come. Values grow with every report (2026-07-28, basic/patterns/progress, "Progress Flow").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// How much is done, in any unit.
    pub progress: f64,
    /// How much there is to do, in the same unit, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// What is going on, for a human; since 2025-03-26.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Progress {
    /// A report of `progress` out of `total`.
    pub fn new(progress: f64, total: Option<f64>, message: Option<String>) -> Self {
        Self { progress, total, message }
    }
}
