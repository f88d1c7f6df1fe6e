//! Which groups of tools a session has asked for.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use mcp_core::{call::Caller, sync::lock};

/// The groups that are open, by session. A session has one caller for as long as it lives, and is known by where that one
/// stands in memory: a weak handle keeps the place, so that nobody else can come to stand there.
#[derive(Default)]
pub(super) struct OpenGroups {
    any: AtomicBool,
    open: Mutex<HashMap<usize, Open>>,
}

/// The caller of a session, and the numbers of its groups.
type Open = (Weak<Caller>, Vec<usize>);

fn place(caller: &Caller) -> usize {
    std::ptr::from_ref(caller).addr()
}

impl OpenGroups {
    /// Opens a group for the session of that caller. Says whether it was closed. What is kept is bounded by the number of
    /// sessions and of groups.
    pub(super) fn open(&self, caller: &Arc<Caller>, group: usize) -> bool {
        let mut open = lock(&self.open);
        open.retain(|_, (caller, _)| caller.strong_count() > 0);
        let (_, groups) = open.entry(place(caller)).or_insert_with(|| (Arc::downgrade(caller), Vec::new()));
        let is_new = !groups.contains(&group);
        if is_new {
            groups.push(group);
        }
        self.any.store(true, Ordering::Relaxed);
        is_new
    }

    /// Whether one of these groups is open for that caller.
    pub(super) fn is_open(&self, caller: &Caller, groups: &[usize]) -> bool {
        self.any.load(Ordering::Relaxed)
            && lock(&self.open).get(&place(caller)).is_some_and(|(_, open)| open.iter().any(|one| groups.contains(one)))
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::version::ProtocolVersion;

    use super::*;

    #[test]
    fn groups_go_with_their_session() {
        let groups = OpenGroups::default();
        let caller = || Arc::new(Caller::new(ProtocolVersion::LATEST, Default::default()));
        let (one, other) = (caller(), caller());
        assert!(!groups.is_open(&one, &[0]));
        assert!(groups.open(&one, 0) && !groups.open(&one, 0));
        assert!(groups.is_open(&one, &[1, 0]) && !groups.is_open(&one, &[1]) && !groups.is_open(&other, &[0]));
        drop(one);
        groups.open(&other, 1);
        assert_eq!(lock(&groups.open).len(), 1);
    }
}
