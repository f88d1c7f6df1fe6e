//! The table of live sessions: bounded, and swept of those that nobody uses.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tokio::time::MissedTickBehavior;

use super::session::Session;
use crate::{
    era::{Eras, named::Named},
    http::Single,
    limits::Limits,
};

/// The longest session id that is looked up, in bytes; ours have 43.
const ID_MAX_LEN: usize = 256;

/// Live sessions by id.
pub(in crate::era) struct Sessions {
    /// In parts, so that requests of different sessions rarely meet.
    shards: [Mutex<Shard>; 16],
    max: usize,
    idle: Duration,
    lifetime: Duration,
    swept: AtomicBool,
}

type Shard = HashMap<Box<str>, Arc<Session>>;

/// Why no session was opened.
#[derive(Debug)]
pub(super) enum Refused {
    /// There are as many as there may be.
    Full,
    /// The system gave no random bytes.
    NoRandom,
}

impl Sessions {
    pub(in crate::era) fn new(limits: &Limits) -> Self {
        Self {
            shards: Default::default(),
            max: limits.sessions,
            idle: limits.session_idle,
            lifetime: limits.session_max,
            swept: AtomicBool::new(false),
        }
    }

    /// Adds a session under a new id: 256 random bits in base64url, so that it cannot be guessed (HTTPL-026).
    pub(super) fn open(&self, session: Session) -> Result<String, Refused> {
        if self.len() >= self.max {
            self.sweep();
            if self.len() >= self.max {
                return Err(Refused::Full);
            }
        }
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|_| Refused::NoRandom)?;
        let id = URL_SAFE_NO_PAD.encode(random);
        self.shard(&id).insert(id.as_str().into(), Arc::new(session));
        Ok(id)
    }

    /// The live session of that id.
    pub(super) fn get(&self, id: &str) -> Option<Arc<Session>> {
        let session = self.shard(id).get(id).cloned()?;
        if session.is_expired(self.idle, self.lifetime) {
            self.end(id);
            return None;
        }
        Some(session)
    }

    /// Ends the session of that id; says whether there was one.
    pub(super) fn end(&self, id: &str) -> bool {
        let ended = self.shard(id).remove(id);
        if let Some(session) = &ended {
            session.end();
        }
        ended.is_some()
    }

    /// Ends every session: the server stops.
    fn end_all(&self) {
        for shard in &self.shards {
            let ended = std::mem::take(&mut *lock(shard));
            for session in ended.values() {
                session.outbox.close();
            }
        }
    }

    fn sweep(&self) {
        for shard in &self.shards {
            let mut expired = Vec::new();
            lock(shard).retain(|_, session| {
                let keep = !session.is_expired(self.idle, self.lifetime);
                if !keep {
                    expired.push(session.clone());
                }
                keep
            });
            expired.iter().for_each(|session| session.end());
        }
    }

    fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    fn shard(&self, id: &str) -> MutexGuard<'_, Shard> {
        // The ids are random: any of their bytes spreads them. A stranger's id may land anywhere.
        let byte = id.as_bytes().first().copied().unwrap_or_default();
        lock(&self.shards[usize::from(byte) % self.shards.len()])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The session id that a message names: one, and of a form that an id of a session can have at all (HTTPL-026).
pub(super) fn session_id<'a>(named: &Named<'a>) -> Option<&'a str> {
    match named.session {
        Single::Once(id) => id.to_str().ok().filter(|id| is_well_formed(id)),
        Single::Absent | Single::Repeated => None,
    }
}

fn is_well_formed(id: &str) -> bool {
    !id.is_empty() && id.len() <= ID_MAX_LEN && id.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

/// Starts the task that removes idle sessions, with the first of them. It ends with the server.
pub(super) fn keep_swept(eras: &Arc<Eras>) {
    if eras.sessions.swept.swap(true, Ordering::Relaxed) {
        return;
    }
    let mut stopped = eras.engine.lifecycle.stopping().raised();
    let period = (eras.sessions.idle / 4).clamp(Duration::from_millis(100), Duration::from_secs(30));
    let eras: Weak<Eras> = Arc::downgrade(eras);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let stopping = tokio::select! {
                () = &mut stopped => true,
                _ = ticks.tick() => false,
            };
            let Some(eras) = eras.upgrade() else { return };
            if stopping {
                return eras.sessions.end_all();
            }
            eras.sessions.sweep();
        }
    });
}
