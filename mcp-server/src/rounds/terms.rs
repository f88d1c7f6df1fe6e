//! What holds for the rounds of all calls of a server.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mcp_core::error::Error;

use crate::{
    backplane::{Backplane, Memory},
    limits::Limits,
    refusal_log::{RefusalKind, RefusalLog},
    request_state::Sealer,
};

/// The one answer to a state that is expired, changed, or another call's.
const REFUSED: &str = "this `requestState` is not good for this call, or no longer: make the call again without it";

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
    /// Told why a state is refused: its client is not.
    refusals: Arc<RefusalLog>,
    /// Marks of what must not happen twice.
    pub(crate) store: Arc<dyn Backplane>,
}

impl RoundTerms {
    pub(crate) fn new(limits: &Limits, sealer: Arc<Sealer>, audience: &str, refusals: RefusalLog) -> Self {
        Self {
            sealer,
            audience: audience.to_owned(),
            state_bytes: limits.state_bytes,
            expiry: limits.state_expiry,
            marked: limits.state_expiry.saturating_add(limits.call_timeout_max),
            settle: limits.ask_settle,
            replays: AtomicBool::new(false),
            refusals: Arc::new(refusals),
            store: Arc::new(Memory::new(limits.mark_bytes)),
        }
    }

    /// The same for what another server mounts below that prefix: two parts of it may call something by one name.
    pub(crate) fn of_mounted(&self, prefix: &str) -> Self {
        let Self { sealer, audience, state_bytes, expiry, marked, settle, replays: _, refusals, store } = self;
        Self {
            sealer: sealer.clone(),
            audience: format!("{audience}\0{prefix}"),
            state_bytes: *state_bytes,
            expiry: *expiry,
            marked: *marked,
            settle: *settle,
            replays: AtomicBool::new(false),
            refusals: refusals.clone(),
            store: store.clone(),
        }
    }

    /// The error for a state that is not good, always the same one. Why it is not, is for the log, which anybody can fill.
    #[cold]
    pub(crate) fn refuse(&self, reason: &dyn fmt::Display) -> Error {
        let what = format_args!("a call is refused that goes on with a `requestState`: {reason}");
        self.refusals.tell(RefusalKind::State, what);
        Error::invalid_params(REFUSED)
    }

    pub(crate) fn replay_always(&self) {
        self.replays.store(true, Ordering::Relaxed);
    }

    pub(crate) fn replays(&self) -> bool {
        self.replays.load(Ordering::Relaxed)
    }
}
