//! `server/discover`: who the server is and what it can do.

use bytes::Bytes;
use mcp_core::{
    era::modern::write_discover,
    jsonrpc::{RequestId, encode},
    version::ProtocolVersion,
};

use super::Modern;

impl Modern {
    /// Writes the answer to `server/discover` (2026-07-28, basic/versioning, "Discovery"). All revisions are named, so
    /// that a client that shares only an older one learns of it.
    pub(super) fn discover(&self, id: &RequestId, version: ProtocolVersion) -> Bytes {
        let engine = &self.engine;
        let mut frame = Vec::with_capacity(512);
        encode::response(&mut frame, id, |out| {
            let instructions = engine.instructions.as_deref();
            let capabilities = engine.capabilities();
            write_discover(out, version, &engine.versions, &capabilities, instructions, engine.discovery, &self.stamp);
        });
        frame.into()
    }
}
