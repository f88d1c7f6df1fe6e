//! What a handler may ask for while it runs.

use std::{
    any::Any,
    borrow::Cow,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mcp_core::{
    call::{CallMetadata, CallNotifications, Caller},
    json::RawJson,
    model::{LogLevel, Progress, ServerNotification},
    sink::Published,
};
use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::logging::{LogTo, Logger};

/// What the server knows about one call before its handler runs.
pub(crate) struct CallScope {
    pub(crate) caller: Arc<Caller>,
    pub(crate) notifications: Option<CallNotifications>,
    pub(crate) metadata: CallMetadata,
    /// Where log messages go.
    pub(crate) log: LogTo,
    /// Told of every progress report. Set when progress is wanted.
    pub(crate) activity: Option<Arc<Activity>>,
    /// Headers to hold against the arguments of a tool that the caller may know of.
    pub(crate) late_check: Option<HeaderCheck>,
    /// The server, erased: this room does not know it.
    pub(crate) server: Arc<dyn Any + Send + Sync>,
}

/// Holds the headers of a call against its arguments.
#[cfg(feature = "http")]
pub(crate) type HeaderCheck =
    fn(&http::HeaderMap, &mcp_core::header::Mirror, &RawJson) -> Result<(), mcp_core::error::Error>;

/// There are no headers.
#[cfg(not(feature = "http"))]
#[derive(Clone, Copy)]
pub(crate) enum HeaderCheck {}

/// When a call last reported progress.
#[derive(Debug)]
pub(crate) struct Activity {
    last: Mutex<Instant>,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self { last: Mutex::new(Instant::now()) }
    }

    pub(crate) fn touch(&self) {
        *lock(&self.last) = Instant::now();
    }

    pub(crate) fn last(&self) -> Instant {
        *lock(&self.last)
    }
}

/// What a handler may ask for: who calls, where progress goes, whether the call still matters.
///
/// Any parameter of this type receives it. Cheap to clone; a clone may outlive the call, and then reports nothing.
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

struct Inner {
    scope: CallScope,
    /// The last progress that was reported.
    reported: Mutex<f64>,
    life: Mutex<Life>,
}

enum Life {
    Running(Option<CancellationToken>),
    Completed,
    Cancelled,
}

/// Held by the call. Dropped before [`CallGuard::complete`], it cancels what the handler handed elsewhere.
#[must_use = "dropping the guard cancels the call's token"]
pub(crate) struct CallGuard {
    inner: Arc<Inner>,
}

impl Context {
    pub(crate) fn open(scope: CallScope) -> (Self, CallGuard) {
        let inner =
            Arc::new(Inner { scope, reported: Mutex::new(f64::NEG_INFINITY), life: Mutex::new(Life::Running(None)) });
        (Self { inner: inner.clone() }, CallGuard { inner })
    }

    /// Who calls: protocol version, capabilities, and what the client says it is.
    pub fn caller(&self) -> &Caller {
        &self.inner.scope.caller
    }

    /// The member `key` of the request's `_meta`, for example `traceparent`.
    ///
    /// ```
    /// # use mcp_server::Context;
    /// fn trace(ctx: &Context) -> Option<String> {
    ///     ctx.meta("traceparent")?.parse().ok()
    /// }
    /// ```
    pub fn meta(&self, key: &str) -> Option<RawJson> {
        self.inner.scope.metadata.meta(key)
    }

    /// The headers of the HTTP request that this call came with; none over other transports.
    ///
    /// They are the client's words, except for those that something in front of the server vouches for.
    #[cfg(feature = "middleware")]
    pub fn headers(&self) -> &http::HeaderMap {
        self.inner.scope.metadata.headers()
    }

    /// What the host application's middleware put into the HTTP request, and [layers](crate::ServerBuilder::layer)
    /// into the call: `ctx.extensions().get::<User>()`.
    #[cfg(feature = "middleware")]
    pub fn extensions(&self) -> &http::Extensions {
        self.inner.scope.metadata.extensions()
    }

    /// Reports that `progress` of `total` is done, with a message for a human (empty for none).
    ///
    /// Nothing is sent if the caller did not ask for progress, if the call has ended, or if `progress` is not
    /// larger than the last report: values must grow (PROG-003). Unsent reports are replaced by later ones, so
    /// reporting often is cheap. A report restarts the clock of the call's timeout.
    ///
    /// Cancel-safe: the report is queued before the first await point, which only lets other tasks run.
    pub async fn progress(&self, progress: f64, total: impl Into<Option<f64>>, message: impl Into<String>) {
        if self.report(progress, total.into(), message.into()) {
            tokio::task::yield_now().await;
        }
    }

    fn report(&self, progress: f64, total: Option<f64>, message: String) -> bool {
        let Some(CallNotifications { progress_token: Some(token), sink, .. }) = &self.inner.scope.notifications else {
            return false;
        };
        // The lock is held while pushing, so that reports leave in the order of their values.
        let mut reported = lock(&self.inner.reported);
        if !progress.is_finite() || progress <= *reported || !matches!(*lock(&self.inner.life), Life::Running(_)) {
            return false;
        }
        *reported = progress;
        if let Some(activity) = &self.inner.scope.activity {
            activity.touch();
        }
        let progress =
            Progress::new(progress, total.filter(|total| total.is_finite()), Some(message).filter(|m| !m.is_empty()));
        let event = ServerNotification::Progress { token: token.clone(), progress };
        sink.push(&Arc::new(Published::new(event))).is_ok()
    }

    /// Sends a log message to the client of this call: a text, or anything else that becomes JSON.
    ///
    /// It goes to the stream of the call's own request, before the answer (LOG-004, LOG-005). The data of a message that
    /// the client did not ask for is not even written; ask [`Context::logs`] before collecting data that takes work.
    /// Nothing is sent after the call has ended, nor by a server that does not declare logging
    /// ([`ServerBuilder::logging`](crate::ServerBuilder::logging)): then the first attempt is a warning in `tracing`.
    ///
    /// Never waits. What comes faster than [`Limits::log_rate`](crate::Limits::log_rate), or than the client reads, is
    /// left out, and the client is told how many messages are missing (LOG-011). Data beyond
    /// [`Limits::log_bytes`](crate::Limits::log_bytes), or that cannot be written as JSON, is replaced by a sentence
    /// that says so.
    ///
    /// The message leaves the machine: no secrets, no personal data, nothing that helps an attacker (LOG-010).
    ///
    /// ```
    /// use mcp_server::{Context, model::LogLevel, tool};
    /// use serde_json::json;
    ///
    /// /// Counts words.
    /// #[tool]
    /// async fn count(text: String, ctx: Context) -> usize {
    ///     ctx.log(LogLevel::Info, "counting");
    ///     let words = text.split_whitespace().count();
    ///     ctx.log(LogLevel::Debug, json!({"bytes": text.len(), "words": words}));
    ///     words
    /// }
    /// ```
    pub fn log(&self, level: LogLevel, data: impl Serialize) {
        self.inner.scope.log.log(level, None, &data);
    }

    /// Whether the client wants log messages of this level now: for data that takes work to collect.
    pub fn logs(&self, level: LogLevel) -> bool {
        self.inner.scope.log.wants(level)
    }

    /// A logger whose messages bear a name: the part of the program that speaks. Use the same names in every call.
    pub fn logger(&self, name: impl Into<Cow<'static, str>>) -> Logger {
        Logger::new(self.inner.scope.log.clone(), name.into())
    }

    /// A token that is cancelled when the call is: the client cancelled it or went away, or it ran out of time.
    ///
    /// The handler itself needs none, because it is dropped. The token is for work that it handed elsewhere: a
    /// spawned task, a thread.
    pub fn cancellation(&self) -> CancellationToken {
        match &mut *lock(&self.inner.life) {
            Life::Running(token) => token.get_or_insert_with(CancellationToken::new).clone(),
            Life::Completed => CancellationToken::new(),
            Life::Cancelled => {
                let token = CancellationToken::new();
                token.cancel();
                token
            }
        }
    }

    pub(crate) fn server_slot(&self) -> &Arc<dyn Any + Send + Sync> {
        &self.inner.scope.server
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("caller", self.caller()).finish_non_exhaustive()
    }
}

impl CallGuard {
    /// The handler has returned: its token will not be cancelled any more.
    pub(crate) fn complete(self) {
        *lock(&self.inner.life) = Life::Completed;
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        let mut life = lock(&self.inner.life);
        if let Life::Running(token) = &mut *life {
            let token = token.take();
            *life = Life::Cancelled;
            drop(life);
            if let Some(token) = token {
                token.cancel();
            }
        }
    }
}

/// A handler's panic cannot leave these values half written, so a poisoned lock is still good.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
