//! Where a client keeps answers.

use std::sync::Arc;

use super::ClientBuilder;
use crate::cache::{CacheStore, Keeping};

impl ClientBuilder {
    /// Keeps lists and what resources say for as long as the server allows, in a store of this client's own (2026-07-28,
    /// server/utilities/caching). Without it every question is asked.
    ///
    /// An answer is given again for the same question to the same server, while it is fresh and until the client hears that
    /// its subject has changed: [`listen`](crate::McpClient::listen) to hear it. Questions with `_meta` of the caller's own are
    /// always asked. Those who ask the same at the same time wait for one answer.
    ///
    /// ```no_run
    /// use mcp_client::{McpClient, MemoryStore};
    ///
    /// let builder = McpClient::builder("agent", "1.0.0").cache(MemoryStore::new(8 << 20));
    /// ```
    pub fn cache(mut self, store: impl CacheStore) -> Self {
        self.identity.keeping =
            Some(Keeping { store: Arc::new(store), server: String::new(), credentials: String::new() });
        self
    }

    /// The same in a store that clients share, in this process or outside of it. Those that give the same name for the
    /// server share what it says to anybody; those that also give the same name for the credentials share everything, and
    /// must send the same credentials: a name that two users share gives one the other's answers.
    ///
    /// Protocol version and declared capabilities of those who share have to be the same, too, where answers depend on them:
    /// make them part of `server`.
    pub fn shared_cache(
        mut self,
        store: Arc<dyn CacheStore>,
        server: impl Into<String>,
        credentials: impl Into<String>,
    ) -> Self {
        self.identity.keeping = Some(Keeping { store, server: server.into(), credentials: credentials.into() });
        self
    }
}
