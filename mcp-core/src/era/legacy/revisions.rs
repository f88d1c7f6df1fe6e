//! Which revisions belong to this era.

use crate::version::ProtocolVersion;

/// The last revision of this era.
pub const LAST: ProtocolVersion = ProtocolVersion::V2025_11_25;

/// Assumed where a request over HTTP names no version (HTTPL-035).
pub const ASSUMED: ProtocolVersion = ProtocolVersion::V2025_03_26;
