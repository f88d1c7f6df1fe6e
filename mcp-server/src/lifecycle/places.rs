//! How many of a thing there may be at once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A number of places that nobody waits for: one is free, or the asker is turned away. So it needs no queue.
#[derive(Debug)]
pub(crate) struct Places {
    free: AtomicUsize,
}

/// A place that is taken; free again when dropped.
#[derive(Debug)]
#[must_use = "dropping the place frees it"]
pub(crate) struct Place {
    places: Arc<Places>,
}

impl Places {
    pub(crate) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self { free: AtomicUsize::new(places) })
    }

    /// Takes a place if there is one.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Place> {
        let taken = self.free.fetch_update(Ordering::Acquire, Ordering::Relaxed, |free| free.checked_sub(1));
        taken.is_ok().then(|| Place { places: self.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.free.fetch_add(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_places_as_were_made_and_each_comes_back() {
        let places = Places::new(2);
        let (first, second) = (places.take().unwrap(), places.take().unwrap());
        assert!(places.take().is_none());
        drop(first);
        let third = places.take().unwrap();
        assert!(places.take().is_none());
        drop((second, third));
        assert!(places.take().is_some());
    }
}
