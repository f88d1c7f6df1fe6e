//! How this side behaves towards the server.

use std::sync::{OnceLock, atomic::AtomicBool};

use crate::handlers::LogHandler;

/// What is done with messages that answer nothing of ours; known once the era is.
#[derive(Debug, Default)]
pub(super) struct PeerPolicy {
    /// Whether requests of the server are answered at all (STDIO-008).
    pub(super) answers: AtomicBool,
    /// Whether several messages may come in one frame (JRPC-025).
    pub(super) batches: AtomicBool,
    /// Who hears what the server logs.
    pub(super) log: OnceLock<LogHandler>,
}
