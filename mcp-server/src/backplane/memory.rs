//! A store in the memory of one process, which knows nothing of others.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use mcp_core::sync::lock;
use tokio::time::Instant;

use super::{Backplane, Unavailable};

/// What a value takes besides its name and itself.
const OVERHEAD: usize = 160;

/// A value takes at most this part of all, so that a few do not leave all others without room,
const PART: usize = 64;
/// but a mark fits in any case.
const SMALL: usize = 1 << 10;

/// Keeps at most so many bytes. What has expired goes when something is put or looked for.
pub(crate) struct Memory {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    values: HashMap<String, Value>,
    /// The names by when they expire.
    ends: BTreeSet<(Instant, String)>,
    bytes: usize,
}

struct Value {
    value: Bytes,
    end: Instant,
}

impl Memory {
    /// A store of at most so many bytes, names included.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        let mut kept = lock(&self.kept);
        kept.expire(Instant::now());
        kept
    }
}

impl Kept {
    fn expire(&mut self, now: Instant) {
        while self.ends.first().is_some_and(|(end, _)| *end <= now) {
            if let Some((_, name)) = self.ends.pop_first()
                && let Some(gone) = self.values.remove(&name)
            {
                self.bytes -= size(&name, &gone.value);
            }
        }
    }

    fn put(&mut self, name: &str, value: Bytes, expiry: Duration, most: usize) -> Result<(), Unavailable> {
        let before = self.values.get(name).map_or(0, |before| size(name, &before.value));
        let size = size(name, &value);
        if self.bytes - before + size > most || size > SMALL.max(most / PART) {
            return Err(Unavailable::Full);
        }
        self.remove(name);
        let end = Instant::now() + expiry;
        self.bytes += size;
        self.ends.insert((end, name.to_owned()));
        self.values.insert(name.to_owned(), Value { value, end });
        Ok(())
    }

    fn remove(&mut self, name: &str) {
        if let Some((name, gone)) = self.values.remove_entry(name) {
            self.bytes -= size(&name, &gone.value);
            self.ends.remove(&(gone.end, name));
        }
    }
}

/// The name stands there twice.
fn size(name: &str, value: &Bytes) -> usize {
    OVERHEAD + 2 * name.len() + value.len()
}

#[async_trait]
impl Backplane for Memory {
    async fn get(&self, name: &str) -> Result<Option<Bytes>, Unavailable> {
        Ok(self.kept().values.get(name).map(|found| found.value.clone()))
    }

    async fn put(&self, name: &str, value: Bytes, expiry: Duration) -> Result<(), Unavailable> {
        self.kept().put(name, value, expiry, self.most)
    }

    async fn put_if_absent(&self, name: &str, value: Bytes, expiry: Duration) -> Result<Option<Bytes>, Unavailable> {
        let mut kept = self.kept();
        match kept.values.get(name) {
            Some(found) => Ok(Some(found.value.clone())),
            None => kept.put(name, value, expiry, self.most).map(|()| None),
        }
    }

    async fn compare_and_set(
        &self,
        name: &str,
        expected: &[u8],
        value: Option<Bytes>,
        expiry: Duration,
    ) -> Result<bool, Unavailable> {
        let mut kept = self.kept();
        if kept.values.get(name).is_none_or(|found| found.value != expected) {
            return Ok(false);
        }
        match value {
            Some(value) => kept.put(name, value, expiry, self.most)?,
            None => kept.remove(name),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn value(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    #[tokio::test]
    async fn the_first_value_of_a_name_stays_and_changes_only_from_what_it_was() {
        let store = Memory::new(1 << 20);
        assert_eq!(store.put_if_absent("a", value("1"), MINUTE).await, Ok(None));
        assert_eq!(store.put_if_absent("a", value("2"), MINUTE).await, Ok(Some(value("1"))));
        assert_eq!(store.compare_and_set("a", b"2", Some(value("3")), MINUTE).await, Ok(false));
        assert_eq!(store.compare_and_set("a", b"1", Some(value("3")), MINUTE).await, Ok(true));
        assert_eq!(store.get("a").await, Ok(Some(value("3"))));
        assert_eq!(store.compare_and_set("a", b"3", None, MINUTE).await, Ok(true));
        assert_eq!((store.get("a").await, store.kept().bytes), (Ok(None), 0));
    }

    #[tokio::test]
    async fn one_value_takes_a_part_of_the_room_at_most() {
        let store = Memory::new(1 << 20);
        let [fits, does_not] = [(1 << 14) - 400, 1 << 14].map(|length| Bytes::from(vec![0; length]));
        assert_eq!(store.put("a", fits.clone(), MINUTE).await, Ok(()));
        assert_eq!(store.put("a", does_not, MINUTE).await, Err(Unavailable::Full));
        assert_eq!(store.get("a").await, Ok(Some(fits)));
        assert_eq!(Memory::new(SMALL).put("a", Bytes::from(vec![0; 33]), MINUTE).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_expired_is_gone_and_takes_no_room() {
        let store = Memory::new(2 * size("a", &value("1")));
        store.put("a", value("1"), MINUTE).await.unwrap();
        store.put("a", value("2"), 2 * MINUTE).await.unwrap();
        store.put("b", value("1"), MINUTE).await.unwrap();
        assert_eq!(store.put("c", value("1"), MINUTE).await, Err(Unavailable::Full));
        tokio::time::advance(MINUTE).await;
        assert_eq!((store.get("a").await, store.get("b").await), (Ok(Some(value("2"))), Ok(None)));
        store.put("c", value("1"), MINUTE).await.unwrap();
        tokio::time::advance(MINUTE).await;
        assert_eq!((store.get("a").await, store.kept().bytes), (Ok(None), 0));
        assert!(store.kept().ends.is_empty());
    }
}
