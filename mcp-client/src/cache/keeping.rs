//! What one client keeps, and what of it may be given again.

use std::{fmt, sync::Arc, time::SystemTime};

use mcp_core::{json::RawJson, model::CacheHint};

use super::{CacheStore, KeptAnswer, Question, Turn, flights::Flights, question::Partition, subjects::Subjects};
use crate::changes::Change;

/// Where answers are kept, and whose they are: who shares the store and gives the same name for the server shares what is
/// for anybody, who also gives the same name for the credentials shares all.
#[derive(Clone)]
pub(crate) struct Keeping {
    pub(crate) store: Arc<dyn CacheStore>,
    pub(crate) server: String,
    pub(crate) credentials: String,
}

/// What one client keeps, or shares with others.
pub(crate) struct Cache {
    store: Arc<dyn CacheStore>,
    partition: Partition,
    flights: Flights,
    subjects: Subjects,
}

impl Cache {
    pub(crate) fn new(keeping: &Keeping) -> Self {
        let Keeping { store, server, credentials } = keeping;
        Self {
            store: store.clone(),
            partition: Partition::new(server, credentials),
            flights: Flights::default(),
            subjects: Subjects::default(),
        }
    }

    /// The answer that is kept for a question, if it is fresh.
    pub(crate) async fn get(&self, question: &Question) -> Option<RawJson> {
        let stale = self.subjects.changed_at(question);
        for key in self.partition.keys(question) {
            if let Some(kept) = self.store.get(&key).await
                && kept.is_fresh(SystemTime::now(), stale)
            {
                return Some(kept.into_result());
            }
        }
        None
    }

    /// Keeps the answer to a question that was `asked` then, if its hint allows. Says whether it does.
    pub(crate) async fn keep(&self, question: &Question, result: &RawJson, hint: CacheHint, asked: SystemTime) -> bool {
        let kept = KeptAnswer::new(result.clone(), asked, SystemTime::now(), hint.ttl);
        if let Some(kept) = &kept {
            self.store.put(&self.partition.key(question, hint.scope), kept.clone()).await;
        }
        self.flights.learn(question, kept.is_some());
        kept.is_some()
    }

    /// Whose turn it is to ask the server: the first one's. The others wait until it has been answered, and then look here
    /// again.
    pub(crate) fn turn(&self, question: &Question) -> Turn<'_> {
        self.flights.turn(question)
    }

    /// Something has changed: what is known of it is stale from now on, also what is being asked for.
    pub(crate) fn changed(&self, change: &Change) {
        self.subjects.changed(change);
    }

    /// Everything is stale from now on.
    pub(crate) fn forget_all(&self) {
        self.subjects.all_changed();
    }

    /// The pages of a list are stale: one of them does not go with the others.
    pub(crate) fn forget_list(&self, question: &Question) {
        self.subjects.list_changed(question);
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

impl fmt::Debug for Keeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeping").field("server", &self.server).finish_non_exhaustive()
    }
}
