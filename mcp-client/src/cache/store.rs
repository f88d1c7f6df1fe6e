//! Where answers are kept.

use std::{fmt, sync::Mutex};

use futures_core::future::BoxFuture;
use lru::LruCache;
use mcp_core::sync::lock;

use super::{CacheKey, KeptAnswer};

/// Where a client keeps answers. [`MemoryStore`] is one; one outside of the process can be shared by many clients.
///
/// A store may lose anything at any time. What fails in it is its own affair: a client then asks the server. It never has
/// to look at what it keeps: which answers may be given is decided by the client, and is part of the key.
pub trait CacheStore: Send + Sync + 'static {
    /// What is kept under a key.
    fn get<'a>(&'a self, key: &'a CacheKey) -> BoxFuture<'a, Option<KeptAnswer>>;

    /// Keeps an answer, in place of an older one.
    fn put<'a>(&'a self, key: &'a CacheKey, answer: KeptAnswer) -> BoxFuture<'a, ()>;
}

/// Answers in memory, within a number of bytes: what was not asked for the longest gives way.
pub struct MemoryStore {
    max: usize,
    kept: Mutex<Kept>,
}

struct Kept {
    answers: LruCache<CacheKey, KeptAnswer>,
    bytes: usize,
}

/// What an answer takes besides its text and its key.
const EACH: usize = 256;

impl MemoryStore {
    /// A store of at most `max` bytes. An answer that would take more than a quarter of them is not kept.
    pub fn new(max: usize) -> Self {
        Self { max, kept: Mutex::new(Kept { answers: LruCache::unbounded(), bytes: 0 }) }
    }

    fn put_now(&self, key: &CacheKey, answer: KeptAnswer) {
        let size = size(key, &answer);
        let mut kept = lock(&self.kept);
        if size > self.max / 4 {
            if let Some(old) = kept.answers.pop(key) {
                kept.bytes -= self::size(key, &old);
            }
            return;
        }
        kept.bytes += size;
        if let Some((key, old)) = kept.answers.push(key.clone(), answer) {
            kept.bytes -= self::size(&key, &old);
        }
        while kept.bytes > self.max {
            let Some((key, old)) = kept.answers.pop_lru() else { break };
            kept.bytes -= self::size(&key, &old);
        }
    }
}

fn size(key: &CacheKey, answer: &KeptAnswer) -> usize {
    EACH + key.as_str().len() + answer.len()
}

impl CacheStore for MemoryStore {
    fn get<'a>(&'a self, key: &'a CacheKey) -> BoxFuture<'a, Option<KeptAnswer>> {
        let kept = lock(&self.kept).answers.get(key).cloned();
        Box::pin(std::future::ready(kept))
    }

    fn put<'a>(&'a self, key: &'a CacheKey, answer: KeptAnswer) -> BoxFuture<'a, ()> {
        self.put_now(key, answer);
        Box::pin(std::future::ready(()))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("max", &self.max).field("bytes", &lock(&self.kept).bytes).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use mcp_core::{json::RawJson, model::CacheScope};

    use super::*;
    use crate::cache::question::{Partition, Question};

    fn key(uri: usize) -> CacheKey {
        let question = Question { method: "resources/read", param: Some(format!("test://{uri}")) };
        Partition::new("server", "").key(&question, CacheScope::Public)
    }

    fn answer(bytes: usize) -> KeptAnswer {
        let now = SystemTime::now();
        let text = RawJson::from_value(&"x".repeat(bytes)).unwrap();
        KeptAnswer::new(text, now, now, Duration::from_secs(60)).unwrap()
    }

    #[tokio::test]
    async fn what_was_not_asked_for_the_longest_gives_way() {
        let store = MemoryStore::new(10_000);
        for uri in 0..5 {
            store.put(&key(uri), answer(1_500)).await;
        }
        assert!(store.get(&key(0)).await.is_some());
        store.put(&key(5), answer(1_500)).await;
        assert!(store.get(&key(0)).await.is_some());
        assert!(store.get(&key(1)).await.is_none());
        assert!(lock(&store.kept).bytes <= 10_000);
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_is_not_kept_and_takes_the_place_of_none() {
        let store = MemoryStore::new(10_000);
        store.put(&key(0), answer(10)).await;
        store.put(&key(1), answer(10)).await;
        // The older one is not what would be told now.
        store.put(&key(1), answer(5_000)).await;
        assert!(store.get(&key(0)).await.is_some() && store.get(&key(1)).await.is_none());
        for _ in 0..100 {
            store.put(&key(0), answer(2_000)).await;
        }
        assert_eq!(lock(&store.kept).answers.len(), 1);
        assert!(lock(&store.kept).bytes < 3_000);
    }
}
