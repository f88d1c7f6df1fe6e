//! How many of a thing there may be at once: in the process, in a session, on a connection.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

/// A number of permits. Who finds none is turned away, or waits for one: without a queue, because only a connection
/// waits, and for itself.
#[derive(Debug)]
pub(crate) struct Permits {
    taken: AtomicUsize,
    max: usize,
    freed: Notify,
}

/// A permit that is taken; given back when dropped.
#[derive(Debug)]
#[must_use = "dropping the permit gives it back"]
pub(crate) struct Permit {
    permits: Arc<Permits>,
}

/// A permit that is given back for as long as this lives: its holder waits for somebody else, and needs none. Afterwards
/// it is taken again, also beyond the number of permits.
#[derive(Debug)]
#[must_use = "dropping the loan takes the permit back"]
pub(crate) struct Loan {
    permits: Arc<Permits>,
}

impl Permits {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), max, freed: Notify::new() })
    }

    /// Takes a permit if there is one.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Permit> {
        let one_more = |taken: usize| taken.checked_add(1).filter(|taken| *taken <= self.max);
        let taken = self.taken.fetch_update(Ordering::Acquire, Ordering::Relaxed, one_more);
        taken.is_ok().then(|| Permit { permits: self.clone() })
    }

    /// Waits for a permit. Cancel-safe. One at a time may wait.
    pub(crate) async fn wait(self: &Arc<Self>) -> Permit {
        loop {
            let freed = self.freed.notified();
            if let Some(permit) = self.take() {
                return permit;
            }
            freed.await;
        }
    }

    /// Gives back one permit that is taken, until the loan ends.
    pub(crate) fn lend(self: &Arc<Self>) -> Loan {
        self.give_back();
        Loan { permits: self.clone() }
    }

    fn give_back(&self) {
        self.taken.fetch_sub(1, Ordering::Release);
        self.freed.notify_one();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.permits.give_back();
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.permits.taken.fetch_add(1, Ordering::Acquire);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_permits_as_were_made_and_each_comes_back() {
        let permits = Permits::new(2);
        let (first, second) = (permits.take().unwrap(), permits.take().unwrap());
        assert!(permits.take().is_none());
        drop(first);
        let third = permits.take().unwrap();
        assert!(permits.take().is_none());
        drop((second, third));
        assert!(permits.take().is_some());
    }

    #[test]
    fn who_waits_for_somebody_else_lends_its_permit_and_takes_it_back_in_any_case() {
        let permits = Permits::new(1);
        let waiting = permits.take().unwrap();
        let loan = permits.lend();
        let other = permits.take().unwrap();
        assert!(permits.take().is_none());
        drop(loan);
        // Two run now, and the next one waits for both.
        drop(other);
        assert!(permits.take().is_none());
        drop(waiting);
        assert!(permits.take().is_some());
    }

    #[test]
    fn a_holder_that_ends_while_its_permit_is_lent_leaves_the_count_right() {
        let permits = Permits::new(1);
        let ended = permits.take().unwrap();
        let loan = permits.lend();
        drop(loan);
        drop(ended);
        assert!(permits.take().is_some() && permits.take().is_some());
    }

    #[tokio::test]
    async fn who_waits_gets_the_next_permit() {
        let permits = Permits::new(1);
        let taken = permits.take().unwrap();
        let waiting = tokio::spawn({
            let permits = permits.clone();
            async move { permits.wait().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(taken);
        drop(waiting.await.unwrap());
    }
}
