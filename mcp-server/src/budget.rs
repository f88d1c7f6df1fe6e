//! Bytes that a server holds for its peers, counted against one bound.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;

/// How many bytes may be held at once in the whole server, and how many are.
///
/// What is written or handled at once needs no place here. What waits for a peer does: whoever keeps it also keeps the
/// [`Held`] that counts it, so that the count cannot outlive the bytes.
#[derive(Debug)]
pub(crate) struct Budget {
    max: usize,
    held: AtomicUsize,
}

/// Bytes that are counted; no longer when dropped.
#[derive(Debug)]
#[must_use = "the bytes are counted only as long as this lives"]
pub(crate) struct Held {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max, held: AtomicUsize::new(0) })
    }

    /// Takes room for `bytes`, or nothing if there is not so much left.
    pub(crate) fn take(self: &Arc<Self>, bytes: usize) -> Option<Held> {
        self.try_add(bytes).then(|| Held { budget: self.clone(), bytes })
    }

    /// Counts bytes that exist already and cannot be refused, also beyond the bound: then nothing new is let in until
    /// there is room again.
    pub(crate) fn count(self: &Arc<Self>, bytes: usize) -> Held {
        self.held.fetch_add(bytes, Ordering::Relaxed);
        Held { budget: self.clone(), bytes }
    }

    /// Whether there is no room at all.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.held.load(Ordering::Relaxed) >= self.max
    }

    fn try_add(&self, bytes: usize) -> bool {
        let fits = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.max);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }
}

impl Held {
    /// Takes room for `more` bytes as well, or says that there is none and stays as it was.
    #[must_use = "bytes beyond the bound must not be kept"]
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let grown = self.budget.try_add(more);
        if grown {
            self.bytes += more;
        }
        grown
    }

    /// The bytes that were counted; they are counted until their last slice is dropped.
    pub(crate) fn keep(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Counted { bytes, _held: self })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

struct Counted {
    bytes: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is_and_all_of_it_comes_back() {
        let budget = Budget::new(10);
        let mut first = budget.take(6).unwrap();
        assert!(budget.take(5).is_none() && !first.grow(5));
        assert!(first.grow(4) && budget.is_exhausted());
        drop(first);
        assert!(budget.take(10).is_some());
        assert!(budget.take(usize::MAX).is_none());
    }

    #[test]
    fn what_cannot_be_refused_is_counted_beyond_the_bound() {
        let budget = Budget::new(10);
        let beyond = budget.count(25);
        assert!(budget.is_exhausted() && budget.take(1).is_none());
        drop(beyond);
        assert!(!budget.is_exhausted());
    }

    #[test]
    fn bytes_are_counted_until_their_last_slice_is_gone() {
        let budget = Budget::new(10);
        let bytes = budget.take(10).unwrap().keep("0123456789".into());
        let slice = bytes.slice(3..4);
        drop(bytes);
        assert!(budget.is_exhausted());
        assert_eq!(slice, "3");
        drop(slice);
        assert!(!budget.is_exhausted());
    }
}
