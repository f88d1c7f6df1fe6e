//! The one judgement on which era a server speaks: what its answer to `server/discover` means.

use mcp_core::{
    ProtocolVersion,
    era::{
        Era, Method, Misread, Reading, codes,
        modern::{Discovered, read_supported},
    },
    json::RawJson,
    jsonrpc::ErrorObject,
};

use super::{
    identity::{Identity, nothing_mutual},
    replied::tell_lost,
};
use crate::error::{Error, Result};

/// What the answer to `server/discover` means.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It speaks the newer era.
    Modern(ProtocolVersion, Box<Discovered>),
    /// It does, but not the version it was asked in: ask once more in this one.
    Again(ProtocolVersion),
    /// It speaks the older era; open it with this version.
    Legacy(ProtocolVersion),
}

/// Judges the answer to `server/discover`. No single error code stands for the older era, and a server that named
/// versions is never asked in an era that it did not name (2026-07-28, versioning, *Protocol Version Negotiation*;
/// stdio, *Backward Compatibility*).
pub(super) fn judge(reply: Result<RawJson, ErrorObject>, identity: &Identity, first: bool) -> Result<Verdict> {
    match reply {
        Ok(result) => match Era::Modern.read::<Discovered>(&result) {
            Ok(Reading { value: discovered, lost }) => {
                tell_lost(Method::Discover.name(), &lost);
                if let Some(version) = identity.mutual(Era::Modern, &discovered.versions) {
                    return Ok(Verdict::Modern(version, Box::new(discovered)));
                }
                let version = identity.mutual(Era::Legacy, &discovered.versions);
                version.map(Verdict::Legacy).ok_or_else(|| nothing_mutual(&discovered.versions, identity))
            }
            Err(kind @ Misread::Kind(_)) => Err(Error::invalid(format!("server/discover gave {kind}"))),
            Err(Misread::Shape(_)) => identity.fall_back().map(Verdict::Legacy),
        },
        Err(error) => {
            let supported = (error.code == codes::UNSUPPORTED_VERSION).then(|| read_supported(&error)).flatten();
            let Some(supported) = supported else { return identity.fall_back().map(Verdict::Legacy) };
            match (identity.mutual(Era::Modern, &supported), identity.mutual(Era::Legacy, &supported)) {
                (Some(version), _) if first => Ok(Verdict::Again(version)),
                (None, Some(version)) => Ok(Verdict::Legacy(version)),
                (Some(_), _) => Err(Error::rejected(error).during("the server refuses a version that it offers")),
                (None, None) => Err(nothing_mutual(&supported, identity)),
            }
        }
    }
}
