//! What holds for the rounds of all calls of a server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    backplane::{Backplane, Memory},
    limits::Limits,
    request_state::Sealer,
};

/// What holds for the rounds of all calls of a server, and of the servers that are mounted in it.
pub(crate) struct RoundTerms {
    pub(crate) sealer: Arc<Sealer>,
    /// Who a state is for: a state of another server is none of this one's, also if they share a key.
    pub(crate) audience: String,
    /// Most bytes of a sealed state.
    pub(crate) state_bytes: usize,
    /// How long a state is good for.
    pub(crate) expiry: Duration,
    /// How long a mark stays: for as long as a call may run that goes on with a state.
    pub(crate) marked: Duration,
    /// How long a handler that waits for answers may wait for something else as well.
    pub(crate) settle: Duration,
    /// Whether handlers run again after each question, also where their clients can be asked at once. For tests.
    replays: AtomicBool,
    /// Marks of what must not happen twice.
    pub(crate) store: Arc<dyn Backplane>,
}

impl RoundTerms {
    pub(crate) fn new(limits: &Limits, sealer: Arc<Sealer>, audience: &str) -> Self {
        Self {
            sealer,
            audience: audience.to_owned(),
            state_bytes: limits.state_bytes,
            expiry: limits.state_expiry,
            marked: limits.state_expiry.saturating_add(limits.call_timeout_max),
            settle: limits.ask_settle,
            replays: AtomicBool::new(false),
            store: Arc::new(Memory::new(limits.mark_bytes)),
        }
    }

    /// The same for what another server mounts below that prefix: two parts of it may call something by one name.
    pub(crate) fn of_mounted(&self, prefix: &str) -> Self {
        let Self { sealer, audience, state_bytes, expiry, marked, settle, replays: _, store } = self;
        Self {
            sealer: sealer.clone(),
            audience: format!("{audience}\0{prefix}"),
            state_bytes: *state_bytes,
            expiry: *expiry,
            marked: *marked,
            settle: *settle,
            replays: AtomicBool::new(false),
            store: store.clone(),
        }
    }

    pub(crate) fn replay_always(&self) {
        self.replays.store(true, Ordering::Relaxed);
    }

    pub(crate) fn replays(&self) -> bool {
        self.replays.load(Ordering::Relaxed)
    }
}
