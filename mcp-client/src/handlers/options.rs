//! What a program hands over for its requests: who is called back, and how long to wait.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mcp_core::{
    era::{InputGiven, RequestMeta, read_notification},
    json::RawObject,
    jsonrpc::{Notification, RequestId},
    model::{LogLevel, LogMessage, Progress, ProgressToken, ServerNotification},
};

use crate::{limits::Limits, timing::Clock};

pub(crate) type ProgressHandler = Box<dyn FnMut(Progress) + Send>;

/// What to do with what a child process writes to stderr. It is always read, since a full pipe would stop the child,
/// and never taken for an error (2026-07-28, stdio).
#[derive(Clone, Default)]
pub(crate) enum Stderr {
    /// Keep the last of it, for the text of errors.
    #[default]
    Keep,
    /// Keep the last of it, and hand over each line.
    Lines(Arc<dyn Fn(&str) + Send + Sync>),
    /// Let it go where this program's own goes.
    Inherit,
}

impl fmt::Debug for Stderr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Keep => "Keep",
            Self::Lines(_) => "Lines",
            Self::Inherit => "Inherit",
        })
    }
}

/// Who hears the log messages of a server, and from which level on.
#[derive(Clone)]
pub(crate) struct LogHandler {
    /// Shared by all copies: it can be set while the client is connected.
    level: Arc<AtomicUsize>,
    handler: Arc<dyn Fn(LogMessage) + Send + Sync>,
}

impl LogHandler {
    pub(crate) fn new(level: LogLevel, handler: impl Fn(LogMessage) + Send + Sync + 'static) -> Self {
        Self { level: Arc::new(AtomicUsize::new(level as usize)), handler: Arc::new(handler) }
    }

    pub(crate) fn level(&self) -> LogLevel {
        LogLevel::ALL.get(self.level.load(Ordering::Relaxed)).copied().unwrap_or(LogLevel::Emergency)
    }

    pub(crate) fn set_level(&self, level: LogLevel) {
        self.level.store(level as usize, Ordering::Relaxed);
    }

    /// Some servers send more than they were asked for. A handler that panics costs its message, and stops no reading.
    pub(crate) fn hear(&self, message: LogMessage) {
        if message.level >= self.level() && catch_unwind(AssertUnwindSafe(|| (self.handler)(message))).is_err() {
            tracing::error!("the handler of log messages panicked");
        }
    }
}

impl fmt::Debug for LogHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogHandler").field("level", &self.level()).finish_non_exhaustive()
    }
}

/// How one call is made: how long it may take, and who hears of its progress.
pub(crate) struct RequestOptions {
    pub(crate) what: &'static str,
    pub(crate) timeout: Duration,
    pub(crate) timeout_max: Duration,
    pub(crate) on_progress: Option<ProgressHandler>,
    /// Members of the caller's own for `_meta`.
    pub(crate) meta: RawObject,
    /// From which level on log messages are wanted, where requests say so.
    pub(crate) log_level: Option<LogLevel>,
    /// What the server wanted to know before it goes on.
    pub(crate) given: Option<InputGiven>,
    /// How long the call's clock may stand still in all.
    still_max: Duration,
    /// Started when the call is first tried, and the same through all that is done for it: retries, another session,
    /// looking things up, rounds of questions.
    clock: Option<Clock>,
}

impl RequestOptions {
    pub(crate) fn new(what: &'static str, limits: &Limits) -> Self {
        let still_max = limits.answer_timeout.saturating_mul(u32::from(limits.rounds));
        Self {
            what,
            timeout: limits.timeout,
            timeout_max: limits.timeout_max,
            on_progress: None,
            meta: RawObject::EMPTY,
            log_level: None,
            given: None,
            still_max,
            clock: None,
        }
    }

    /// The call's clock. Started by whoever asks first: set the timeouts before.
    pub(crate) fn clock(&mut self) -> Clock {
        let start = || Clock::start_pausable(self.timeout, self.timeout_max, self.still_max);
        self.clock.get_or_insert_with(start).clone()
    }

    /// The options of another request on behalf of the same call: its clock is the call's.
    #[cfg(feature = "http")]
    pub(crate) fn within(&mut self, what: &'static str) -> Self {
        let clock = Some(self.clock());
        let Self { timeout, timeout_max, still_max, .. } = *self;
        let (meta, log_level) = (RawObject::EMPTY, None);
        Self { what, timeout, timeout_max, on_progress: None, meta, log_level, given: None, still_max, clock }
    }

    /// What the request says of itself in `_meta`.
    pub(crate) fn request_meta(&self) -> RequestMeta {
        RequestMeta { progress: self.on_progress.is_some(), log_level: self.log_level, members: self.meta.clone() }
    }

    /// Hears a notification, and says whether it was progress of the request `id`.
    pub(crate) fn hear(&mut self, notification: &Notification, id: &RequestId) -> bool {
        let Some(ServerNotification::Progress { token: ProgressToken(token), progress }) =
            read_notification(notification)
        else {
            return false;
        };
        if !token.stands_for(id) {
            return false;
        }
        if let Some(handler) = &mut self.on_progress {
            handler(progress);
        }
        true
    }
}
