//! The sessions over HTTP: bounded, and swept of those that nobody uses.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use foldhash::fast::FixedState;
use mcp_core::{call::Principal, sync::lock};
use tokio::time::Instant;

use super::Session;
use crate::{
    budget::{Budget, Held, shrink},
    limits::Limits,
    outbox::{EventLog, MemoryLog},
    permits::Permits,
};

/// The longest session id that is looked up, in bytes; ours have 43.
const ID_MAX_LEN: usize = 256;

/// Live sessions by id.
pub(super) struct Sessions {
    /// In parts, so that requests of different sessions rarely meet.
    shards: [Mutex<Shard>; 16],
    len: AtomicUsize,
    max: usize,
    calls: usize,
    idle: Duration,
    lifetime: Duration,
    /// Where it is counted what each of them keeps.
    kept: Arc<Budget>,
    /// What was sent on the sessions' streams, if they can be resumed. A stream has the id of its session.
    pub(super) log: Option<Arc<dyn EventLog>>,
}

/// The hash is a fast one: the ids in it are random and our own, so that nobody can make them stand in one another's way.
type Shard = HashMap<Box<str>, Arc<Live>, FixedState>;

/// A session, and how long it has lived.
struct Live {
    session: Arc<Session>,
    /// The calls of it that may run at once, also when their connections are gone.
    calls: Arc<Permits>,
    born: Instant,
    /// Milliseconds from birth to the last traffic.
    last_seen: AtomicU64,
    /// Requests, calls and streams that are open.
    open: AtomicUsize,
    /// What its handshake said.
    _kept: Held,
}

/// Keeps a session from being idle while a request, a call or a stream of it is open.
pub(in crate::era) struct Visit {
    pub(in crate::era) session: Arc<Session>,
    /// `None` for a session that nobody can enter again.
    live: Option<Arc<Live>>,
}

/// Why no session was opened.
#[derive(Debug)]
pub(super) enum NotOpened {
    /// There are as many as there may be.
    Full,
    /// They and streams keep as much as they may.
    TooMuchKept,
    /// The system gave no random bytes.
    NoRandom,
}

impl Sessions {
    pub(super) fn new(limits: &Limits, kept: &Arc<Budget>) -> Self {
        let seed = RandomState::new().build_hasher().finish();
        let log = || MemoryLog::new(limits.replay_events, limits.replay_bytes, kept.clone());
        Self {
            shards: std::array::from_fn(|_| Mutex::new(Shard::with_hasher(FixedState::with_seed(seed)))),
            len: AtomicUsize::new(0),
            max: limits.sessions,
            calls: limits.calls_per_session,
            idle: limits.session_idle,
            lifetime: limits.session_max,
            kept: kept.clone(),
            log: (limits.replay_events > 0).then(|| Arc::new(log()) as Arc<dyn EventLog>),
        }
    }

    /// Adds a session under a new id: 256 random bits in base64url, so that it cannot be guessed. Where there is no room
    /// the newcomer is turned away at once; making room is the sweeper's work.
    pub(super) fn open(&self, session: Session) -> Result<String, NotOpened> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|_| NotOpened::NoRandom)?;
        let id = URL_SAFE_NO_PAD.encode(random);
        let kept = self.kept.take(session.caller.kept_bytes()).ok_or(NotOpened::TooMuchKept)?;
        if self.len.fetch_add(1, Ordering::Relaxed) >= self.max {
            self.len.fetch_sub(1, Ordering::Relaxed);
            return Err(NotOpened::Full);
        }
        if let Some(log) = &self.log {
            log.open(&id);
        }
        self.shard(&id).insert(id.as_str().into(), Arc::new(Live::new(session, self.calls, kept)));
        Ok(id)
    }

    /// A visit to the live session of that id, if it belongs to that principal.
    pub(super) fn visit(&self, id: &str, principal: Option<&Principal>) -> Option<Visit> {
        let live = self.shard(id).get(id).cloned()?;
        if live.session.caller.principal() != principal {
            return None;
        }
        if live.is_expired(self.idle, self.lifetime) {
            self.end(id);
            return None;
        }
        Some(Visit::to(live))
    }

    /// Ends the session of that id; says whether there was one.
    pub(super) fn end(&self, id: &str) -> bool {
        let mut shard = self.shard(id);
        let ended = shard.remove(id);
        shrink(&mut shard);
        drop(shard);
        if let Some(live) = &ended {
            self.len.fetch_sub(1, Ordering::Relaxed);
            live.end();
            self.forget(id);
        }
        ended.is_some()
    }

    /// Ends every stream: the server stops. Calls may finish, and hear from their clients until then.
    pub(super) fn end_streams(&self) {
        for shard in &self.shards {
            for live in lock(shard).values() {
                live.session.outbox.close();
            }
        }
    }

    /// Ends the sessions that nobody has used for too long.
    pub(super) fn sweep(&self) {
        for shard in &self.shards {
            let mut expired = Vec::new();
            let mut shard = lock(shard);
            shard.retain(|id, live| {
                let keep = !live.is_expired(self.idle, self.lifetime);
                if !keep {
                    expired.push((id.clone(), live.clone()));
                }
                keep
            });
            shrink(&mut shard);
            drop(shard);
            self.len.fetch_sub(expired.len(), Ordering::Relaxed);
            for (id, live) in expired {
                live.end();
                self.forget(&id);
            }
        }
    }

    fn forget(&self, id: &str) {
        if let Some(log) = &self.log {
            log.forget(id);
        }
    }

    fn shard(&self, id: &str) -> MutexGuard<'_, Shard> {
        // The ids are random: any of their bytes spreads them. A stranger's id may land anywhere.
        let byte = id.as_bytes().first().copied().unwrap_or_default();
        lock(&self.shards[usize::from(byte) % self.shards.len()])
    }
}

impl Live {
    fn new(session: Session, calls: usize, kept: Held) -> Self {
        Self {
            session: Arc::new(session),
            calls: Permits::new(calls),
            born: Instant::now(),
            last_seen: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            _kept: kept,
        }
    }

    fn touch(&self) {
        let age = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_seen.store(age, Ordering::Relaxed);
    }

    /// Whether the session has been idle, or alive, for too long.
    fn is_expired(&self, idle: Duration, max: Duration) -> bool {
        let age = self.born.elapsed();
        let seen = Duration::from_millis(self.last_seen.load(Ordering::Relaxed));
        age >= max || (self.open.load(Ordering::Relaxed) == 0 && age.saturating_sub(seen) >= idle)
    }

    fn end(&self) {
        self.session.end();
        self.session.outbox.close();
    }
}

impl Visit {
    fn to(live: Arc<Live>) -> Self {
        live.open.fetch_add(1, Ordering::Relaxed);
        live.touch();
        Self { session: live.session.clone(), live: Some(live) }
    }

    /// A visit to the session of one request.
    pub(super) fn alone(session: Arc<Session>) -> Self {
        Self { session, live: None }
    }

    /// The calls of the session that may run at once; `None` for a session that nobody can enter again.
    pub(in crate::era) fn calls(&self) -> Option<&Arc<Permits>> {
        self.live.as_ref().map(|live| &live.calls)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if let Some(live) = &self.live {
            live.touch();
            live.open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Whether a session can have such an id at all (2025-11-25, basic/transports, "Session Management").
pub(super) fn is_well_formed(id: &str) -> bool {
    !id.is_empty() && id.len() <= ID_MAX_LEN && id.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}
