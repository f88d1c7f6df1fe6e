//! Which revisions belong to this era.

use crate::version::ProtocolVersion;

/// The last revision of this era.
pub const LAST: ProtocolVersion = ProtocolVersion::V2025_11_25;

/// Assumed where a request over HTTP names no version (2025-06-18, basic/transports, "Protocol Version Header").
pub const ASSUMED: ProtocolVersion = ProtocolVersion::V2025_03_26;

/// Whether several messages may come in one frame, as an array. Only 2025-03-26 has that: *Batching* in its base
/// protocol.
pub fn has_batches(version: ProtocolVersion) -> bool {
    version == ProtocolVersion::V2025_03_26
}
