//! Which revisions belong to this era.

use crate::version::ProtocolVersion;

/// The first revision of this era.
pub const FIRST: ProtocolVersion = ProtocolVersion::V2026_07_28;
