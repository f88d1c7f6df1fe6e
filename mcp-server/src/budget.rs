//! Bytes that a server holds for its peers, counted against one bound.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;

/// From which size on messages that wait for a peer are counted. Smaller ones are bounded by how many there may be.
pub(crate) const COUNTED: usize = 16 << 10;

/// What is said in place of an answer for which there is no room, to a client whose call has run: it must not take the
/// call for one that was not begun, and send it again.
pub(crate) const ANSWER_NOT_SENT: &str =
    "the call has run, but its answer is not sent: it is large, and too much waits for clients that do not read";

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

/// Gives back the room of a table that was much larger once: the map keeps it otherwise for as long as the server runs.
pub(crate) fn shrink<K: Eq + Hash, V, S: BuildHasher>(map: &mut HashMap<K, V, S>) {
    const SMALL: usize = 64;
    if map.capacity() > SMALL && map.len() < map.capacity() / 8 {
        map.shrink_to(2 * map.len());
    }
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
    fn count(self: &Arc<Self>, bytes: usize) -> Held {
        self.held.fetch_add(bytes, Ordering::Relaxed);
        Held { budget: self.clone(), bytes }
    }

    /// The bytes as they may be kept until a peer has taken them: counted if they are many. `None` if there is no room for
    /// them.
    pub(crate) fn admit(self: &Arc<Self>, bytes: Bytes) -> Option<Bytes> {
        if bytes.len() < COUNTED { Some(bytes) } else { Some(self.take(bytes.len())?.keep(bytes)) }
    }

    /// As [`admit`](Self::admit), for what was promised and cannot be refused.
    pub(crate) fn force(self: &Arc<Self>, bytes: Bytes) -> Bytes {
        if bytes.len() < COUNTED { bytes } else { self.count(bytes.len()).keep(bytes) }
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

    /// Gives back the room of `fewer` bytes.
    pub(crate) fn shrink(&mut self, fewer: usize) {
        let fewer = fewer.min(self.bytes);
        self.bytes -= fewer;
        self.budget.held.fetch_sub(fewer, Ordering::Relaxed);
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
        assert!(first.grow(4) && budget.take(1).is_none());
        first.shrink(3);
        assert!(first.grow(3));
        drop(first);
        assert!(budget.take(10).is_some());
        assert!(budget.take(usize::MAX).is_none());
    }

    #[test]
    fn what_cannot_be_refused_is_counted_beyond_the_bound() {
        let budget = Budget::new(10);
        let beyond = budget.count(25);
        assert!(budget.take(1).is_none());
        drop(beyond);
        assert!(budget.take(10).is_some());
    }

    #[test]
    fn a_table_that_was_large_gives_its_room_back() {
        let mut table: HashMap<usize, usize> = (0..10_000).map(|n| (n, n)).collect();
        for n in 1..10_000 {
            table.remove(&n);
            shrink(&mut table);
        }
        assert!(table.capacity() <= 64, "{}", table.capacity());
        assert_eq!(table.get(&0), Some(&0));
    }

    #[test]
    fn few_bytes_are_let_in_uncounted_and_many_only_where_there_is_room() {
        let budget = Budget::new(COUNTED);
        let small = budget.admit(vec![b'x'; COUNTED - 1].into()).unwrap();
        let large = budget.admit(vec![b'x'; COUNTED].into()).unwrap();
        assert!(budget.admit(large.clone()).is_none());
        assert_eq!(budget.force(large.clone()), large);
        drop((small, large));
        assert!(budget.take(COUNTED).is_some());
    }

    #[test]
    fn bytes_are_counted_until_their_last_slice_is_gone() {
        let budget = Budget::new(10);
        let bytes = budget.take(10).unwrap().keep("0123456789".into());
        let slice = bytes.slice(3..4);
        drop(bytes);
        assert!(budget.take(1).is_none());
        assert_eq!(slice, "3");
        drop(slice);
        assert!(budget.take(1).is_some());
    }
}
