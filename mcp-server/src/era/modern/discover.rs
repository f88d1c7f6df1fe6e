//! `server/discover`: who the server is and what it can do.

use bytes::Bytes;
use mcp_core::{
    era::modern::write_discover,
    jsonrpc::{RequestId, encode},
};

use crate::era::Eras;

/// Writes the answer to `server/discover` (VER-006, VER-008). All revisions are named, so that a client that shares
/// only an older one learns of it.
pub(in crate::era) fn discover(eras: &Eras, id: &RequestId) -> Bytes {
    let engine = &eras.engine;
    let mut frame = Vec::with_capacity(512);
    encode::response(&mut frame, id, |out| {
        let instructions = engine.instructions.as_deref();
        write_discover(out, &engine.versions, &engine.capabilities(), instructions, engine.discovery, &eras.stamp);
    });
    frame.into()
}
