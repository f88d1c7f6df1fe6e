//! What holds for the rounds of all calls of a server.

use std::{
    fmt,
    ops::Deref,
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
    refusals: RefusalLog,
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
            refusals,
            store: Arc::new(Memory::new(limits.mark_bytes)),
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

/// What holds for the rounds of one call. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Rounds {
    terms: Arc<RoundTerms>,
    /// Below which prefix the server is mounted that runs the handler: two parts of a server may call something by one name.
    pub(super) part: Option<Arc<str>>,
}

impl Rounds {
    pub(crate) fn of(terms: &Arc<RoundTerms>) -> Self {
        Self { terms: terms.clone(), part: None }
    }

    /// The same in what is mounted below that prefix.
    pub(crate) fn within(&self, prefix: &Arc<str>) -> Self {
        let part = match &self.part {
            None => prefix.clone(),
            Some(outer) => format!("{outer}\0{prefix}").into(),
        };
        Self { terms: self.terms.clone(), part: Some(part) }
    }

    pub(crate) fn terms(&self) -> &Arc<RoundTerms> {
        &self.terms
    }
}

impl Deref for Rounds {
    type Target = RoundTerms;

    fn deref(&self) -> &RoundTerms {
        &self.terms
    }
}
