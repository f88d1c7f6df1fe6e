//! One answer that is kept, and how long it is fresh.

use std::time::{Duration, SystemTime};

use mcp_core::json::RawJson;
use serde::{Deserialize, Serialize};

/// The longest that anything is kept: a server that says more is not believed.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// An answer, and until when it may be given. It can be serialized, so that a store can be outside of the process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptAnswer {
    result: RawJson,
    /// When it was asked for: a change after that may be missing in it.
    asked: SystemTime,
    expires: SystemTime,
}

impl KeptAnswer {
    /// `None` for what is stale at once (2026-07-28, server/utilities/caching, "Freshness").
    pub(super) fn new(result: RawJson, asked: SystemTime, received: SystemTime, ttl: Duration) -> Option<Self> {
        let ttl = ttl.min(LONGEST);
        (!ttl.is_zero()).then(|| Self { result, asked, expires: received + ttl })
    }

    /// Until when it may be given. A store need not keep it longer.
    pub fn expires(&self) -> SystemTime {
        self.expires
    }

    /// About how many bytes it takes.
    pub fn len(&self) -> usize {
        self.result.as_bytes().len()
    }

    /// Whether it takes none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it may be given at a time, if its subject has last `changed` then.
    pub(super) fn is_fresh(&self, now: SystemTime, changed: Option<SystemTime>) -> bool {
        now < self.expires && changed.is_none_or(|changed| changed < self.asked)
    }

    pub(super) fn into_result(self) -> RawJson {
        self.result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_fresh_for_its_time_and_until_its_subject_changes() {
        let second = Duration::from_secs(1);
        let asked = SystemTime::UNIX_EPOCH + 100 * second;
        let received = asked + second;
        let kept = |ttl| KeptAnswer::new(RawJson::EMPTY_OBJECT, asked, received, ttl);
        assert!(kept(Duration::ZERO).is_none());
        let minute = kept(60 * second).unwrap();
        assert!(minute.is_fresh(received, None));
        assert!(minute.is_fresh(received + 59 * second, None));
        assert!(!minute.is_fresh(received + 60 * second, None));
        assert!(minute.is_fresh(received, Some(asked - second)));
        // It may have been made before the change.
        assert!(!minute.is_fresh(received, Some(asked)));
        assert!(!minute.is_fresh(received, Some(received)));
        let for_ever = kept(Duration::MAX).unwrap();
        assert_eq!(for_ever.expires(), received + LONGEST);
    }
}
