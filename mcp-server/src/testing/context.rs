//! The context of a call that no client makes.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use mcp_core::{
    model::{LogLevel, LogMessage, Progress},
    sync::lock,
    version::ProtocolVersion,
};
use serde_json::Map;

use super::{
    identity::{Identity, caller_options},
    recorder::Recorder,
    script::{ScriptedClient, scripted},
};
use crate::{
    context::{CallGuard, CallScope, Clock, Context},
    limits::Limits,
    logging::{CallLog, LogTo},
    server::Server,
};

/// A call that a unit test makes by itself: gives the [`Context`] that a handler takes, and keeps what it reports.
///
/// Made by [`Context::for_test`]. By default the caller speaks the newest revision, wants progress and log messages of
/// every level, and says nothing of itself.
///
/// ```
/// use mcp_server::{Context, ProtocolVersion, model::LogLevel, tool};
///
/// #[tool]
/// async fn add_with_progress(a: i64, b: i64, ctx: Context) -> i64 {
///     ctx.log(LogLevel::Info, format!("adding for {:?}", ctx.caller().client().map(|client| &client.name)));
///     ctx.progress(0.5, 1.0, "adding").await;
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let test = Context::for_test().client("agent", "1.0.0");
/// assert_eq!(add_with_progress(1, 2, test.context()).await, 3);
/// assert_eq!(test.progress()[0].progress, 0.5);
/// assert_eq!(test.logs()[0].data.as_str(), r#""adding for Some(\"agent\")""#);
/// # }
/// ```
#[must_use = "it makes a context for the handler: `.context()`"]
pub struct TestContext {
    identity: Identity,
    server: Option<Server>,
    recorder: Arc<Recorder>,
    call: Mutex<Option<(Context, Option<CallGuard>)>>,
}

caller_options!(TestContext);
scripted!(TestContext);

impl Context {
    /// Begins a call that no client makes, for unit tests of handlers. See [`TestContext`].
    pub fn for_test() -> TestContext {
        let mut identity = Identity::new(ProtocolVersion::LATEST);
        identity.log_level = Some(LogLevel::Debug);
        TestContext { identity, server: None, recorder: Arc::default(), call: Mutex::default() }
    }
}

impl TestContext {
    /// What [`Context::server`] gives; a server without any handlers by default.
    pub fn server(mut self, server: &Server) -> Self {
        self.server = Some(server.clone());
        self
    }

    /// The context, to be handed to a handler. All of them belong to one call.
    ///
    /// # Panics
    ///
    /// If no message may have the [`_meta`](Self::meta) that was set: it is too deep.
    #[track_caller]
    pub fn context(&self) -> Context {
        let mut call = lock(&self.call);
        let (context, _) = call.get_or_insert_with(|| {
            let (context, guard) = Context::open_for_test(self.scope());
            (context, Some(guard))
        });
        context.clone()
    }

    /// The progress that was reported so far: all that a client could have been told, however often it came.
    pub fn progress(&self) -> Vec<Progress> {
        self.recorder.progress()
    }

    /// The log messages that were written so far, of [the level](Self::log_level) that is wanted.
    pub fn logs(&self) -> Vec<LogMessage> {
        self.recorder.logs()
    }

    /// Cancels the call, as a client would: [`Context::cancellation`] is cancelled, and nothing more is reported. A server
    /// drops the handler as well; here the test has its future.
    pub fn cancel(&self) {
        drop(self.context());
        let guard = lock(&self.call).as_mut().and_then(|(_, guard)| guard.take());
        drop(guard);
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a wrong `_meta` is a mistake in the test, told at its line")]
    fn scope(&self) -> CallScope {
        let caller = self.identity.caller();
        let notifications = self.recorder.notifications();
        let server = self.server.clone().unwrap_or_else(|| Server::builder("test", "0.0.0").build());
        // Everything is kept, however fast it comes.
        let limits = Limits {
            log_rate: usize::MAX,
            queue_messages: usize::MAX,
            log_bytes: usize::MAX,
            ..server.inner.engine.limits.clone()
        };
        let (script, recorder) = (self.identity.script.clone(), self.recorder.clone());
        let client = ScriptedClient::new(script, recorder);
        let log = CallLog::new(caller.clone(), &notifications, &limits);
        let params = match self.identity.params(Map::new(), &limits.json()) {
            Ok(params) => params,
            Err(error) => panic!("the `_meta` of this call is none: {error}"),
        };
        CallScope {
            caller,
            log: LogTo::Caller(Arc::new(log)),
            notifications: Some(notifications),
            metadata: self.identity.metadata(params),
            clock: Some(Clock::Own(Arc::default())),
            rounds: None,
            resume: None,
            progress_rate: usize::MAX,
            masks_errors: false,
            client: Some(Arc::new(client)),
            late_check: None,
            server: server.inner,
        }
    }
}

impl fmt::Debug for TestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestContext")
            .field("progress", &self.progress())
            .field("logs", &self.logs())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::model::CreateMessage;

    use super::*;
    use crate::context::Answer;

    #[tokio::test]
    async fn everything_that_a_handler_reports_is_kept() {
        let test = Context::for_test();
        let context = test.context();
        for n in 1..=200 {
            context.progress(f64::from(n), None, "").await;
            context.log(LogLevel::Debug, n);
        }
        // Values must grow, here as everywhere.
        context.progress(1.0, None, "").await;
        assert_eq!((test.progress().len(), test.logs().len()), (200, 200));
    }

    #[tokio::test]
    async fn a_call_that_was_cancelled_reports_nothing_more() {
        let test = Context::for_test();
        let context = test.context();
        let token = context.cancellation();
        assert!(!token.is_cancelled());
        test.cancel();
        assert!(token.is_cancelled());
        context.progress(1.0, None, "").await;
        assert!(test.progress().is_empty());
    }

    #[tokio::test]
    async fn the_call_is_whose_the_test_says() {
        let server = Server::builder("shop", "1.0.0").tools([]).build();
        let test = Context::for_test().meta("traceparent", "00-1").log_level(LogLevel::Error).server(&server);
        let context = test.context();
        context.log(LogLevel::Info, "unwanted");
        assert!(test.logs().is_empty());
        assert_eq!(context.meta("traceparent").unwrap().as_str(), "\"00-1\"");
        assert!(format!("{:?}", context.server()).contains("shop"));
    }

    #[tokio::test]
    async fn the_test_answers_what_is_asked() {
        let test =
            Context::for_test().answer("name", "Alice").answer("name", "Bob").decline("more").roots(["file:///w"]);
        let context = test.context();
        assert_eq!(context.ask_text("name", "Who?").await.unwrap(), Answer::Accept("Alice".to_owned()));
        assert_eq!(context.confirm("more", "More?").await.unwrap(), Answer::Decline);
        assert_eq!(context.roots().await.unwrap()[0].uri, "file:///w");
        assert!(context.sample("poem", CreateMessage::new(9).user("?")).await.unwrap_err().is_unsupported());
        let asked: Vec<_> = test.asked().into_iter().map(|asked| asked.key).collect();
        assert_eq!(asked, ["name", "more", ""]);
    }

    #[tokio::test]
    async fn a_key_is_the_handlers_own_whatever_stands_in_it() {
        let test = Context::for_test().answer("file:a", true).answer("form:b", false);
        let context = test.context();
        assert_eq!(context.confirm("file:a", "a?").await.unwrap(), Answer::Accept(true));
        assert_eq!(context.confirm("form:b", "b?").await.unwrap(), Answer::Accept(false));
        let asked: Vec<_> = test.asked().into_iter().map(|asked| asked.key).collect();
        assert_eq!(asked, ["file:a", "form:b"]);
    }

    #[tokio::test]
    #[should_panic(expected = "the question `name` comes twice")]
    async fn a_key_that_comes_twice_fails_the_test() {
        let test = Context::for_test().answer("name", "Alice");
        let context = test.context();
        let _ = context.ask_text("name", "Who?").await;
        let _ = context.ask_text("name", "Who else?").await;
    }
}
