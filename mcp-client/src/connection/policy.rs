//! How this side behaves towards the server.

use std::sync::{Arc, OnceLock, atomic::AtomicBool};

use crate::{answer::Answering, handlers::LogHandler};

/// What is done with messages that answer nothing of ours; known once the era is.
#[derive(Debug, Default)]
pub(super) struct PeerPolicy {
    /// Whether requests of the server are answered at all: since 2026-07-28 a client writes no responses (stdio,
    /// *Sending Messages*).
    pub(super) answers: AtomicBool,
    /// Whether several messages may come in one frame, which only 2025-03-26 allows (base protocol, *Batching*).
    pub(super) batches: AtomicBool,
    /// Who answers them, once it is known in which version.
    pub(super) answering: OnceLock<Arc<Answering>>,
    /// Who hears what the server logs.
    pub(super) log: OnceLock<LogHandler>,
}

impl PeerPolicy {
    /// There is nobody left to reply to.
    pub(super) fn end_answering(&self) {
        if let Some(answering) = self.answering.get() {
            answering.end();
        }
    }
}
