//! Runs a handler so that whatever it does ends in an answer: a panic is caught, and time runs out.

use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use mcp_core::{call::Outcome, error::Error};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

use crate::{
    context::Clock,
    lifecycle::{Lifecycle, Raised, Signal},
    limits::Limits,
    logging::CallSpan,
    watchdog::polling,
};

/// A call on its way to its answer. Dropping it drops the handler.
pub(crate) type CallFuture = Pin<Box<dyn Future<Output = Result<Outcome, Error>> + Send>>;

/// How long a call may take.
pub(crate) struct Deadline {
    pub(crate) terms: Arc<Terms>,
    pub(crate) clock: Option<Clock>,
}

/// What holds for the time of all calls of a server. Shared: every call is moved with its deadline, and most are answered
/// before anybody looks at it.
pub(crate) struct Terms {
    /// How long a call may take without a report of progress.
    pub(crate) quiet: Duration,
    /// At all.
    pub(crate) total: Duration,
    /// Raised when the server can wait for its calls no longer.
    pub(crate) ending: Arc<Signal>,
}

impl Terms {
    pub(crate) fn of(limits: &Limits, lifecycle: &Lifecycle) -> Self {
        let ending = lifecycle.ending().clone();
        Self { quiet: limits.call_timeout, total: limits.call_timeout_max, ending }
    }
}

/// Polls `future` inside a span, with panics caught and the deadline held. Nothing is armed before it is first pending.
pub(crate) fn guard<F>(future: F, deadline: Deadline, span: CallSpan) -> Guarded<F> {
    Guarded { future: Some(future), deadline, alarm: None, span }
}

/// Runs what belongs to a call before its handler does, as its handler is run: watched, and with a panic as an error.
pub(crate) fn caught<T>(span: &CallSpan, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let _polling = polling();
    let _span = span.enter();
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

pin_project! {
    /// See [`guard`].
    pub(crate) struct Guarded<F> {
        #[pin]
        future: Option<F>,
        deadline: Deadline,
        // Boxed: most calls have none, and all are moved with it.
        alarm: Option<Box<Alarm>>,
        span: CallSpan,
    }

    impl<F> PinnedDrop for Guarded<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if this.future.is_some() {
                // A handler that is dropped before its end may say so.
                end(this.future, this.span, || ());
            }
        }
    }
}

/// When it is time to look whether the deadline is over.
struct Alarm {
    started: Instant,
    sleep: Pin<Box<Sleep>>,
    ending: Raised,
}

impl<T, F: Future<Output = Result<T, Error>>> Future for Guarded<F> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            return Poll::Ready(Err(Error::internal("the call has ended")));
        };
        // The future is never polled again after a panic, so nothing half changed is seen.
        let polled = {
            let _polling = polling();
            let _span = this.span.enter();
            catch_unwind(AssertUnwindSafe(|| future.poll(cx)))
        };
        match polled {
            Ok(Poll::Ready(result)) => return Poll::Ready(result),
            Ok(Poll::Pending) => {}
            Err(panic) => return Poll::Ready(Err(end(this.future, this.span, || panicked(&*panic)))),
        }
        let error = ready!(this.deadline.poll(this.alarm, this.span, cx));
        Poll::Ready(Err(end(this.future, this.span, || error)))
    }
}

impl Alarm {
    fn set(deadline: &Deadline) -> Box<Self> {
        let started = Instant::now();
        let sleep = Box::pin(tokio::time::sleep_until(deadline.end(started)));
        Box::new(Self { started, sleep, ending: deadline.terms.ending.raised() })
    }

    /// Ready once the call may go on no longer.
    fn poll(&mut self, deadline: &Deadline, span: &CallSpan, cx: &mut Context<'_>) -> Poll<Error> {
        if Pin::new(&mut self.ending).poll(cx).is_ready() {
            return Poll::Ready(Error::internal("the server has stopped: it did not wait for this call to end"));
        }
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            let time = deadline.end(self.started);
            if time <= Instant::now() {
                let _span = span.enter();
                return Poll::Ready(deadline.error(self.started));
            }
            // Progress was reported since the alarm was set.
            self.sleep.as_mut().reset(time);
        }
    }
}

/// Drops the handler now, and not with the rest of the call: nothing of it may follow its answer. Before that, in the
/// call's span as well, it is said `why`.
#[cold]
#[inline(never)]
fn end<F, R>(mut future: Pin<&mut Option<F>>, span: &CallSpan, why: impl FnOnce() -> R) -> R {
    let _span = span.enter();
    let why = why();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| future.set(None))) {
        panicked(&*panic);
    }
    why
}

impl Deadline {
    /// As [`Alarm::poll`], of an alarm that may not be set yet.
    #[inline(never)]
    fn poll(&self, alarm: &mut Option<Box<Alarm>>, span: &CallSpan, cx: &mut Context<'_>) -> Poll<Error> {
        alarm.get_or_insert_with(|| Alarm::set(self)).poll(self, span, cx)
    }

    fn end(&self, started: Instant) -> Instant {
        let Terms { quiet, total, .. } = *self.terms;
        match &self.clock {
            Some(clock) => clock.end(started, quiet, total),
            None => started + quiet.min(total),
        }
    }

    #[cold]
    fn error(&self, started: Instant) -> Error {
        let Terms { quiet, total, .. } = *self.terms;
        let limit = if started + total <= Instant::now() { total } else { quiet };
        let _span = crate::logging::span_of_failure();
        tracing::warn!(?limit, "a call is dropped: it ran out of time");
        Error::internal(format!("the call was given up after {} seconds", limit.as_secs_f64()))
    }
}

#[cold]
fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let _span = crate::logging::span_of_failure();
    tracing::error!(panic = text.unwrap_or("(no text)"), "a handler panicked");
    // The text of a panic may hold anything; it stays here.
    Error::internal("the handler failed unexpectedly")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use mcp_core::error::ErrorKind;

    use super::*;
    use crate::context::Activity;

    fn guard<F>(future: F, clock: Option<Clock>) -> Guarded<F> {
        guard_until(future, clock, Arc::default())
    }

    fn guard_until<F>(future: F, clock: Option<Clock>, ending: Arc<Signal>) -> Guarded<F> {
        let terms = Terms { quiet: Duration::from_secs(60), total: Duration::from_secs(600), ending };
        super::guard(future, Deadline { terms: Arc::new(terms), clock }, CallSpan::none())
    }

    #[tokio::test]
    async fn a_call_that_the_server_cannot_wait_for_ends_with_an_error() {
        let ending = Arc::<Signal>::default();
        let call = tokio::spawn(guard_until(std::future::pending::<Result<(), Error>>(), None, ending.clone()));
        ending.raise();
        let error = call.await.unwrap().unwrap_err();
        assert!(error.message().contains("the server has stopped"), "{error}");
    }

    /// Lives as long as a handler; says when it ends.
    struct OfHandler(Arc<AtomicBool>);

    impl Drop for OfHandler {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn what_a_handler_held_is_gone_when_the_error_of_its_panic_is_there() {
        let is_gone = Arc::new(AtomicBool::new(false));
        let held = OfHandler(is_gone.clone());
        let handler = std::future::poll_fn(move |_| -> Poll<Result<(), Error>> {
            let _held = &held;
            panic!("on purpose")
        });
        let mut guarded = Box::pin(guard(handler, None));
        guarded.as_mut().await.unwrap_err();
        assert!(is_gone.load(Ordering::Relaxed));
    }

    /// Other calls may run in the task that drops it.
    #[tokio::test]
    async fn a_handler_that_panics_when_it_is_dropped_takes_nothing_else_along() {
        struct Spiteful;
        impl Drop for Spiteful {
            fn drop(&mut self) {
                panic!("on purpose")
            }
        }
        let handler = async {
            let _spiteful = Spiteful;
            std::future::pending::<Result<(), Error>>().await
        };
        let mut guarded = Box::pin(guard(handler, None));
        assert!(guarded.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())).is_pending());
        drop(guarded);
    }

    #[tokio::test]
    async fn a_panic_becomes_an_internal_error_that_hides_its_text() {
        let error = guard(async { panic!("secret") as Result<(), Error> }, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(!error.message().contains("secret"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_ends_at_its_deadline() {
        let started = Instant::now();
        let error = guard(std::future::pending::<Result<(), Error>>(), None).await.unwrap_err();
        assert_eq!(error.message(), "the call was given up after 60 seconds");
        assert_eq!(started.elapsed().as_secs(), 60);
    }

    /// Held to 2026-07-28, basic/patterns/cancellation, "Timeouts".
    #[tokio::test(start_paused = true)]
    async fn progress_moves_the_deadline_but_not_beyond_the_maximum() {
        let activity = Arc::new(Activity::default());
        let reports = activity.clone();
        let started = Instant::now();
        let future = async move {
            loop {
                tokio::time::sleep(Duration::from_secs(50)).await;
                reports.touch();
            }
            #[expect(unreachable_code, reason = "gives the block its type")]
            Ok::<(), Error>(())
        };
        guard(future, Some(Clock::Own(activity))).await.unwrap_err();
        assert_eq!(started.elapsed().as_secs(), 600);
    }
}
