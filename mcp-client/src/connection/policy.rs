//! How this side behaves towards the server.

use std::sync::{OnceLock, atomic::AtomicBool};

use crate::handlers::LogHandler;

/// What is done with messages that answer nothing of ours; known once the era is.
#[derive(Debug, Default)]
pub(super) struct PeerPolicy {
    /// Whether requests of the server are answered at all: since 2026-07-28 a client writes no responses (stdio,
    /// *Sending Messages*).
    pub(super) answers: AtomicBool,
    /// Whether several messages may come in one frame, which only 2025-03-26 allows (base protocol, *Batching*).
    pub(super) batches: AtomicBool,
    /// Who hears what the server logs.
    pub(super) log: OnceLock<LogHandler>,
}
