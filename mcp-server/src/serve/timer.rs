//! The timer of one connection: an alarm that stays armed from request to request.
//!
//! hyper makes a timer for the head of every request and drops it when the head is there, which for a busy connection
//! is at once. Arming and disarming takes two locks of the runtime each time. Here the alarm is left as it is: when it
//! rings too early it is set again, and when nobody waits for it the ring means nothing.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use mcp_core::sync::lock;

use hyper::rt::{Sleep, Timer};

use crate::http::ConnectionState;

/// A timer for one connection, which hyper arms for the head of each request, and for nothing else.
///
/// It gives a client longer until it begins a request than for the request's head: between two requests the connection
/// is idle. The first head is awaited no longer than any other takes.
#[derive(Clone)]
pub(super) struct ConnectionTimer {
    state: Arc<ConnectionState>,
    /// How long a head may take, as hyper was told.
    head: Duration,
    /// How long a client may take until it begins one, from the second on.
    idle: Duration,
    alarm: Arc<Mutex<Alarm>>,
}

#[derive(Default)]
struct Alarm {
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    /// Whom it wakes.
    waker: Option<Waker>,
    /// A head has been awaited before.
    is_used: bool,
}

/// Waits with the connection's alarm until a head has taken too long.
struct HeadTimeout {
    timer: ConnectionTimer,
    deadline: tokio::time::Instant,
    /// The deadline is that of a head that has begun.
    has_begun: bool,
}

impl ConnectionTimer {
    pub(super) fn new(state: Arc<ConnectionState>, head: Duration, idle: Duration) -> Self {
        Self { state, head, idle, alarm: Arc::default() }
    }

    fn alarm(&self) -> MutexGuard<'_, Alarm> {
        lock(&self.alarm)
    }
}

impl Timer for ConnectionTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.state.await_head();
        let is_first = !std::mem::replace(&mut self.alarm().is_used, true);
        let deadline = if is_first { deadline } else { deadline + self.idle - self.head };
        Box::pin(HeadTimeout { timer: self.clone(), deadline: deadline.into(), has_begun: is_first })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into()
    }
}

impl Sleep for HeadTimeout {}

impl Future for HeadTimeout {
    type Output = ();

    /// hyper polls it whenever it has read what there was, and the head is not whole.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_begun && self.timer.state.has_head_begun() {
            self.has_begun = true;
            self.deadline = tokio::time::Instant::now() + self.timer.head;
        }
        let deadline = self.deadline;
        let mut alarm = self.timer.alarm();
        if alarm.wakes(cx.waker(), deadline) { Poll::Pending } else { alarm.set(deadline, cx) }
    }
}

impl Alarm {
    /// Whether it is armed for that waker, and will ring in time.
    fn wakes(&self, waker: &Waker, deadline: tokio::time::Instant) -> bool {
        let is_in_time = |sleep: &Pin<Box<tokio::time::Sleep>>| sleep.deadline() <= deadline && !sleep.is_elapsed();
        self.waker.as_ref().is_some_and(|own| own.will_wake(waker)) && self.sleep.as_ref().is_some_and(is_in_time)
    }

    /// Arms it; ready once the deadline is over. Out of line, because a busy connection finds it armed.
    #[inline(never)]
    fn set(&mut self, deadline: tokio::time::Instant, cx: &mut Context<'_>) -> Poll<()> {
        let Self { sleep, waker, .. } = self;
        let sleep = sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        loop {
            if sleep.deadline() > deadline {
                sleep.as_mut().reset(deadline);
                *waker = None;
            }
            // Not at the cost of the task's turn: a sleep that is told to wait for the next one is not armed.
            if pin!(tokio::task::coop::unconstrained(sleep.as_mut())).poll(cx).is_pending() {
                *waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            *waker = None;
            if deadline <= tokio::time::Instant::now() {
                return Poll::Ready(());
            }
            // Set for an earlier request.
            sleep.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Duration = Duration::from_secs(10);
    const IDLE: Duration = Duration::from_secs(75);

    fn timer() -> ConnectionTimer {
        ConnectionTimer::new(Arc::default(), HEAD, IDLE)
    }

    impl ConnectionTimer {
        /// A whole request arrives.
        fn receive_request(&self) {
            self.state.receive(b"GET / HTTP/1.1\r\n\r\n");
            self.state.call(http::Version::HTTP_11, Some(0));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_head_is_awaited_as_long_as_it_may_take_and_a_later_one_longer() {
        let timer = timer();
        let started = timer.now();
        timer.sleep(HEAD).await;
        assert_eq!(timer.now() - started, HEAD);
        timer.receive_request();
        timer.sleep(HEAD).await;
        assert_eq!(timer.now() - started, HEAD + IDLE);
        // Another task waits with the same alarm.
        timer.receive_request();
        let pending = timer.clone();
        tokio::spawn(async move { pending.sleep(HEAD).await }).await.unwrap();
        assert_eq!(timer.now() - started, HEAD + 2 * IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_has_begun_has_its_own_time() {
        let timer = timer();
        let seconds = Duration::from_secs;
        // One that is given up leaves an alarm behind, which rings too early for the next.
        let _ = tokio::time::timeout(seconds(4), timer.sleep(HEAD)).await;
        timer.receive_request();
        let started = timer.now();
        let mut head = timer.sleep(HEAD);
        assert!(tokio::time::timeout(seconds(60), &mut head).await.is_err());
        timer.state.receive(b"GET");
        head.await;
        assert_eq!(timer.now() - started, seconds(70));
        timer.receive_request();
        // And one that is shorter must not wait for the alarm of a longer one.
        let mut head = timer.sleep(HEAD);
        assert!(tokio::time::timeout(seconds(1), &mut head).await.is_err());
        timer.state.receive(b"GET");
        head.await;
        assert_eq!(timer.now() - started, seconds(81));
    }
}
