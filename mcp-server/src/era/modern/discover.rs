//! `server/discover`: who the server is and what it can do.

use bytes::Bytes;
use mcp_core::{
    era::modern::write_discover,
    jsonrpc::{RequestId, encode},
};

use super::Modern;

impl Modern {
    /// Writes the answer to `server/discover` (2026-07-28, basic/versioning, "Discovery"). All revisions are named, so
    /// that a client that shares only an older one learns of it.
    pub(super) fn discover(&self, id: &RequestId) -> Bytes {
        let engine = &self.engine;
        let mut frame = Vec::with_capacity(512);
        encode::response(&mut frame, id, |out| {
            let instructions = engine.instructions.as_deref();
            write_discover(out, &engine.versions, &engine.capabilities(), instructions, engine.discovery, &self.stamp);
        });
        frame.into()
    }
}
