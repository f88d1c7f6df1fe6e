//! Polls a handler until it has a result, or waits for its client and nothing else.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use mcp_core::{call::InputRequired, error::Error};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

use super::{
    inside::Inside,
    journal::Journal,
    round::{Round, Waits},
};

/// How many times the handler may wait for something else, before it is dropped all the same.
const LONGEST: u32 = 10;

pin_project! {
    /// A handler under way. Of one that is to be dropped before it has a result nothing is left when this is ready.
    pub(crate) struct Driven<'a, F> {
        #[pin]
        handler: Option<F>,
        round: &'a Round,
        // How long it may wait for something besides answers. `None` where its client is asked at once.
        settle: Option<Duration>,
        settling: Option<Box<Settling>>,
    }
}

/// Why a handler ends without a result.
pub(crate) enum Stop {
    /// The call fails, whatever the handler would make of it.
    Failed(Error),
    /// It waits for answers that do not come in this round: what is remembered until they come, and the questions.
    Waits(Box<(Journal, InputRequired)>),
}

/// A handler that waits for answers, and for something else.
struct Settling {
    until: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl<'a, F> Driven<'a, F> {
    #[inline]
    pub(crate) fn new(handler: F, round: &'a Round, settle: Option<Duration>) -> Self {
        Self { handler: Some(handler), round, settle, settling: None }
    }
}

impl<F: Future> Future for Driven<'_, F> {
    type Output = Result<F::Output, Stop>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(handler) = this.handler.as_mut().as_pin_mut() else { return Poll::Pending };
        let polled = {
            let _inside = Inside::of(*this.round);
            handler.poll(cx)
        };
        if let Poll::Ready(returned) = polled {
            return Poll::Ready(ended(this.round, returned));
        }
        pending(this.handler, this.round, *this.settle, this.settling, cx)
    }
}

/// What a handler has returned counts, unless its call has failed meanwhile: it may have passed over that, and gone on with
/// something else.
#[inline]
fn ended<T>(round: &Round, returned: T) -> Result<T, Stop> {
    match round.failure() {
        None => Ok(returned),
        Some(error) => Err(Stop::Failed(error)),
    }
}

/// What becomes of a handler that waits. Out of the way of those that do not.
#[inline(never)]
fn pending<F: Future>(
    mut handler: Pin<&mut Option<F>>,
    round: &Round,
    settle: Option<Duration>,
    settling: &mut Option<Box<Settling>>,
    cx: &mut Context<'_>,
) -> Poll<Result<F::Output, Stop>> {
    // Before the look, so that a task of the handler's which asks later is not missed.
    round.driven_by(cx.waker());
    let settle = match (round.waits(), settle) {
        (Waits::Failed(error), _) => {
            handler.set(None);
            return Poll::Ready(Err(Stop::Failed(error)));
        }
        (Waits::ForAnswers, Some(settle)) => settle,
        (Waits::Elsewhere | Waits::ForSteps | Waits::ForAnswers, _) => {
            *settling = None;
            return Poll::Pending;
        }
    };
    // Polled once more, with a waker that is counted: whoever else could wake the handler holds a copy of it.
    let counted = Arc::new(Counted(cx.waker().clone()));
    let Some(running) = handler.as_mut().as_pin_mut() else { return Poll::Pending };
    let polled = {
        let _inside = Inside::of(round);
        running.poll(&mut Context::from_waker(&Waker::from(counted.clone())))
    };
    if let Poll::Ready(returned) = polled {
        return Poll::Ready(ended(round, returned));
    }
    match round.waits() {
        Waits::Failed(error) => {
            handler.set(None);
            return Poll::Ready(Err(Stop::Failed(error)));
        }
        Waits::Elsewhere | Waits::ForSteps => {
            *settling = None;
            return Poll::Pending;
        }
        Waits::ForAnswers => {}
    }
    let waits_for_more = Arc::strong_count(&counted) > 1;
    if waits_for_more && Settling::poll(settling, settle, cx).is_pending() {
        return Poll::Pending;
    }
    // Questions are withdrawn with the handler.
    let asked = round.suspend();
    handler.set(None);
    Poll::Ready(Err(Stop::Waits(Box::new(asked))))
}

/// Wakes who polls the handler.
struct Counted(Waker);

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.wake_by_ref();
    }
}

impl Settling {
    /// Ready once nothing has woken the handler for `settle`, or the handler has been at it for too long.
    fn poll(settling: &mut Option<Box<Self>>, settle: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let this = settling.get_or_insert_with(|| {
            Box::new(Self { until: now + settle * LONGEST, sleep: Box::pin(tokio::time::sleep_until(now + settle)) })
        });
        if this.sleep.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        this.sleep.as_mut().reset((now + settle).min(this.until));
        this.sleep.as_mut().poll(cx)
    }
}
