//! The timer of one connection: an alarm that stays armed from request to request.
//!
//! hyper makes a timer for the head of every request and drops it when the head is there, which for a busy connection
//! is at once. Arming and disarming takes two locks of the runtime each time. Here the alarm is left as it is: when it
//! rings too early it is set again, and when nobody waits for it the ring means nothing.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};

/// A timer for one connection, whose sleeps are awaited one at a time.
#[derive(Clone, Default)]
pub(super) struct ConnectionTimer {
    alarm: Arc<Mutex<Alarm>>,
}

#[derive(Default)]
struct Alarm {
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    /// Whom it wakes.
    waker: Option<Waker>,
}

/// Waits until a deadline with the connection's alarm.
struct Until {
    deadline: tokio::time::Instant,
    alarm: Arc<Mutex<Alarm>>,
}

impl Timer for ConnectionTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Until { deadline: deadline.into(), alarm: self.alarm.clone() })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into()
    }
}

impl Sleep for Until {}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        let Alarm { sleep, waker } = &mut *alarm;
        let sleep = sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(self.deadline)));
        loop {
            if sleep.deadline() > self.deadline {
                sleep.as_mut().reset(self.deadline);
                *waker = None;
            }
            let is_armed = waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
            if is_armed && !sleep.is_elapsed() {
                return Poll::Pending;
            }
            if sleep.as_mut().poll(cx).is_pending() {
                *waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            *waker = None;
            if self.deadline <= tokio::time::Instant::now() {
                return Poll::Ready(());
            }
            // Set for an earlier request.
            sleep.as_mut().reset(self.deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn every_sleep_ends_at_its_own_deadline() {
        let timer = ConnectionTimer::default();
        let started = timer.now();
        let seconds = Duration::from_secs;
        timer.sleep(seconds(10)).await;
        assert_eq!(timer.now() - started, seconds(10));
        // One that is given up leaves an alarm behind, which rings too early for the next.
        let _ = tokio::time::timeout(seconds(4), timer.sleep(seconds(10))).await;
        timer.sleep(seconds(10)).await;
        assert_eq!(timer.now() - started, seconds(24));
        // And one that is shorter must not wait for it.
        let _ = tokio::time::timeout(seconds(1), timer.sleep(seconds(100))).await;
        timer.sleep(seconds(5)).await;
        assert_eq!(timer.now() - started, seconds(30));
        // Another task waits with the same alarm.
        let pending = timer.clone();
        tokio::spawn(async move { pending.sleep(seconds(3)).await }).await.unwrap();
        assert_eq!(timer.now() - started, seconds(33));
    }
}
