//! The handle that a handler holds.

use std::{
    any::Any,
    borrow::Cow,
    fmt,
    future::Future,
    sync::{Arc, Mutex},
};

use mcp_core::{
    error::Error,
    sync::lock,
    {call::Caller, json::RawJson, model::LogLevel},
};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{CallScope, progress::Reports};
use crate::{
    logging::{LogTo, Logger},
    rounds::{Driven, Resumed, Round, Stop, Stopped, Subject},
};

/// What a handler may ask for: who calls, where progress goes, whether the call still matters.
///
/// Any parameter of this type receives it. Cheap to clone; a clone may outlive the call, and then reports nothing.
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) scope: CallScope,
    pub(super) reports: Mutex<Reports>,
    life: Mutex<Life>,
    pub(super) round: Round,
    /// Nobody runs the handler but a unit test.
    pub(super) is_test: bool,
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
        Self::open_resumed(scope, None)
    }

    /// As [`open`](Self::open), of a call that goes on with what rounds before have left.
    pub(crate) fn open_resumed(scope: CallScope, resumed: Option<Box<Resumed>>) -> (Self, CallGuard) {
        let round = resumed.map_or_else(Round::default, |resumed| Round::resumed(*resumed));
        if let (Some(repeats), LogTo::Caller(log)) = (round.repeats(), &scope.log) {
            log.silent_while(repeats);
        }
        Self::make(scope, round, false)
    }

    /// As [`open`](Self::open), for a handler that only a unit test runs.
    pub(crate) fn open_for_test(scope: CallScope) -> (Self, CallGuard) {
        Self::make(scope, Round::default(), true)
    }

    fn make(scope: CallScope, round: Round, is_test: bool) -> (Self, CallGuard) {
        let life = Mutex::new(Life::Running(None));
        let inner = Arc::new(Inner { scope, reports: Mutex::default(), life, round, is_test });
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

    /// Sends a log message to the client of this call: a text, or anything else that becomes JSON.
    ///
    /// It goes to the stream of the call's own request, before the answer. The data of a message that
    /// the client did not ask for is not even written; ask [`Context::logs`] before collecting data that takes work.
    /// Nothing is sent after the call has ended, nor by a server that does not declare logging
    /// ([`ServerBuilder::logging`](crate::ServerBuilder::logging)): then the first attempt is a warning in `tracing`.
    ///
    /// Never waits. What comes faster than [`Limits::log_rate`](crate::Limits::log_rate), or than the client reads, is
    /// left out, and the client is told how many messages are missing. Data beyond
    /// [`Limits::log_bytes`](crate::Limits::log_bytes), or that cannot be written as JSON, is replaced by a sentence
    /// that says so.
    ///
    /// The message leaves the machine: no secrets, no personal data, nothing that helps an attacker (2025-11-25, server/utilities/logging, "Security").
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

    /// A context for something else that runs within the same call: what it asks the client is not answered.
    pub(crate) fn within(scope: &CallScope) -> (Self, CallGuard) {
        Self::open(CallScope { client: None, rounds: None, resume: None, ..scope.clone() })
    }

    /// The same within another server.
    pub(crate) fn within_server(&self, server: &Arc<dyn Any + Send + Sync>) -> (Self, CallGuard) {
        let scope = self.inner.scope.clone();
        Self::open(CallScope { client: None, rounds: None, resume: None, server: server.clone(), ..scope })
    }

    pub(crate) fn scope(&self) -> &CallScope {
        &self.inner.scope
    }

    pub(super) fn inner(&self) -> &Arc<Inner> {
        &self.inner
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

impl Inner {
    /// Waits for the end of the call, if it does not end well. What a completed call has left behind waits for nothing.
    pub(super) async fn ended(&self) {
        let token = match &mut *lock(&self.life) {
            Life::Running(token) => token.get_or_insert_with(CancellationToken::new).clone(),
            Life::Completed | Life::Cancelled => return,
        };
        token.cancelled().await;
    }

    /// Whether the call still runs: after its end nothing of it is sent.
    pub(super) fn is_running(&self) -> bool {
        matches!(*lock(&self.life), Life::Running(_))
    }
}

impl CallGuard {
    /// Runs the handler of this call to its end, or until its client is to be asked in another round. Then nothing is left
    /// of it but what the client is given.
    #[inline]
    pub(crate) async fn run<F: Future>(self, subject: &Subject<'_>, handler: F) -> Result<F::Output, Stopped> {
        let Inner { round, scope, .. } = &*self.inner;
        let settle = scope.rounds.as_ref().filter(|_| scope.client.is_none()).map(|terms| terms.settle);
        match Driven::new(handler, round, settle).await {
            Ok(returned) => {
                self.complete();
                Ok(returned)
            }
            Err(stop) => Err(self.stop(subject, stop)),
        }
    }

    #[cold]
    fn stop(self, subject: &Subject<'_>, stop: Stop) -> Stopped {
        let Inner { scope, .. } = &*self.inner;
        match (stop, &scope.rounds) {
            (Stop::Waits(asked), Some(terms)) => {
                // What was reported is out before the question; a later round does not repeat it.
                lock(&self.inner.reports).flush(scope);
                terms.suspend(*asked, &scope.caller, subject)
            }
            (Stop::Waits(_), None) => Stopped::Failed(Error::internal("the handler waits for nobody")),
            (Stop::Failed(error), _) => Stopped::Failed(error),
        }
    }

    /// The handler has returned: its token will not be cancelled any more.
    pub(crate) fn complete(self) {
        // A report that is being pushed elsewhere is out before the answer follows; later ones see that there is none.
        let mut reports = lock(&self.inner.reports);
        reports.flush(&self.inner.scope);
        *lock(&self.inner.life) = Life::Completed;
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        if let Some(client) = &self.inner.scope.client {
            client.end();
        }
        self.inner.round.end();
        let reports = lock(&self.inner.reports);
        let mut life = lock(&self.inner.life);
        if let Life::Running(token) = &mut *life {
            let token = token.take();
            *life = Life::Cancelled;
            drop((life, reports));
            if let Some(token) = token {
                token.cancel();
            }
        }
    }
}
