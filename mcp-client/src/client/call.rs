//! A request that is made when it is awaited.

use std::{any::type_name, fmt, future::IntoFuture, sync::Arc, time::Duration};

use futures_core::future::BoxFuture;
use mcp_core::{
    era::InputGiven,
    json::RawObject,
    model::{LogLevel, Progress, Request},
};
use serde::Serialize;

use super::{
    mcp_client::{Inner, McpClient},
    meta,
    output::Output,
    pending_call::{PendingCall, Round},
};
use crate::{
    era::{self, Replied},
    error::{Error, Result},
    handlers::RequestOptions,
};

/// A request that is made when it is awaited, and ends in an `R`.
///
/// Cancel-safe in the sense of the protocol: dropping the future before its end cancels the request, and tells the
/// server so.
///
/// ```no_run
/// # async fn doc(client: mcp_client::McpClient) -> mcp_client::Result<()> {
/// use std::time::Duration;
///
/// let report = client
///     .call_tool("report", serde_json::json!({"year": 2026}))
///     .timeout(Duration::from_secs(5))
///     .on_progress(|progress| println!("{} of {:?}", progress.progress, progress.total))
///     .meta("com.example/tenant", "north")
///     .await?;
/// println!("{}", report.joined_text());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`ErrorKind`](crate::ErrorKind) tells them apart: the server's refusal ([`Error::rejection`]) from what happened on the
/// way, from a result that cannot be used, and from what could not be asked at all.
#[must_use = "a request is made when it is awaited"]
pub struct Call<R> {
    inner: Arc<Inner>,
    asked: Result<Asked>,
    options: RequestOptions,
    pub(super) validate_output: bool,
    read: Read<R>,
}

/// What is asked. What differs between revisions is decided when it is.
#[derive(Debug)]
pub(super) enum Asked {
    Request(Request),
    Ping,
    LogLevel(LogLevel),
}

/// What came back for a request, and what its result has to fit.
pub(super) struct Came<'a> {
    pub(super) reply: Replied,
    pub(super) method: &'a str,
    pub(super) expected: Option<Arc<Output>>,
}

pub(super) type Read<R> = fn(Came<'_>) -> Result<R>;

impl McpClient {
    pub(super) fn call<R>(&self, what: &'static str, asked: Result<Asked>, read: Read<R>) -> Call<R> {
        let options = RequestOptions::new(what, &self.inner.limits);
        Call { inner: self.inner.clone(), asked, options, validate_output: false, read }
    }
}

impl<R> Call<R> {
    /// Asks the server for progress, and hears of it while the call is awaited.
    ///
    /// Each report restarts the clock of the timeout. The handler runs inside the call's future: it must not
    /// block.
    pub fn on_progress(mut self, handler: impl FnMut(Progress) + Send + 'static) -> Self {
        self.options.on_progress = Some(Box::new(handler));
        self
    }

    /// How long to wait for an answer or, with [`Call::on_progress`], for the next report. Default
    /// [`Limits::timeout`](crate::Limits::timeout); a call never takes longer than
    /// [`Limits::timeout_max`](crate::Limits::timeout_max), or this if it is more.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// Adds a member to the request's `_meta`, or replaces the one of that key: what whoever stands between, or the
    /// server, should know beside the request (2026-07-28, base protocol, *`_meta`*).
    ///
    /// The key is `name` or `com.example/name`. Those of the protocol are the client's to write, and awaiting the call
    /// then is an error of the kind [`Input`](crate::ErrorKind::Input).
    pub fn meta(mut self, key: impl AsRef<str>, value: impl Serialize) -> Self {
        if let Err(error) = meta::insert(&mut self.options.meta, key.as_ref(), &value) {
            self.fail(error);
        }
        self
    }

    /// Changes what is asked, unless it cannot be asked anyhow.
    pub(super) fn change(mut self, change: impl FnOnce(&mut Request)) -> Self {
        if let Ok(Asked::Request(request)) = &mut self.asked {
            change(request);
        }
        self
    }

    fn fail(&mut self, error: Error) {
        if self.asked.is_ok() {
            self.asked = Err(error);
        }
    }

    /// Makes it the next round of a call.
    pub(super) fn continued(mut self, meta: RawObject, given: Option<InputGiven>) -> Self {
        (self.options.meta, self.options.given) = (meta, given);
        self
    }

    /// Makes the request once, and gives what the server wants to know if it does not give a result.
    pub(super) async fn run_once(self) -> Result<Round<R>> {
        let Self { inner, asked, mut options, validate_output, read } = self;
        let request = match asked? {
            Asked::Request(request) => request,
            Asked::Ping => inner.link.era().ping(),
            asked @ Asked::LogLevel(_) => {
                return Self { inner, asked: Ok(asked), options, validate_output, read }.run().await.map(Round::Done);
            }
        };
        let expected = if validate_output { inner.outputs.expected(&request)? } else { None };
        match inner.ask_once(&request, &mut options).await? {
            era::Round::Done(reply) => read(Came { reply, method: request.method(), expected }).map(Round::Done),
            era::Round::Asks(wanted) => Ok(Round::Asks(PendingCall::new(&request, options.meta, wanted))),
        }
    }

    async fn run(self) -> Result<R> {
        let Self { inner, asked, mut options, validate_output, read } = self;
        let request = match asked? {
            Asked::Request(request) => request,
            Asked::Ping => inner.link.era().ping(),
            Asked::LogLevel(level) => {
                let reply = inner.set_log_level(level, &mut options).await?;
                return read(Came { reply, method: options.what, expected: None });
            }
        };
        let expected = if validate_output { inner.outputs.expected(&request)? } else { None };
        let reply = inner.ask(&request, &mut options).await?;
        read(Came { reply, method: request.method(), expected })
    }
}

impl<R: Send + 'static> IntoFuture for Call<R> {
    type Output = Result<R>;
    type IntoFuture = BoxFuture<'static, Result<R>>;

    /// Makes the request.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<R> fmt::Debug for Call<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("asked", &self.asked).field("result", &type_name::<R>()).finish_non_exhaustive()
    }
}
