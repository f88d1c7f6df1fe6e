//! `initialize`: what is asked, and what the answer means.

use mcp_core::{
    ProtocolVersion,
    era::{
        Era, Method, Reading,
        legacy::{Initialized, write_initialize},
        modern::read_supported,
    },
    json::RawJson,
    jsonrpc::{ErrorObject, RequestId},
};

use super::super::{
    identity::{Identity, Server, nothing_mutual},
    replied::tell_lost,
};
use crate::error::{Error, Result};

pub(super) const METHOD: &str = Method::Initialize.name();

/// How far a handshake has come.
pub(super) enum Step {
    Done(Box<Server>),
    /// Ask once more, for this version: some servers refuse by an error that names what they speak.
    Again(ProtocolVersion),
}

pub(super) fn write(out: &mut Vec<u8>, id: &RequestId, identity: &Identity, version: ProtocolVersion) {
    write_initialize(out, id, version, &identity.info, &identity.capabilities(version));
}

/// Judges the answer to `initialize` for `asked` (2025-11-25, lifecycle, *Version Negotiation*).
pub(super) fn judge(
    reply: Result<RawJson, ErrorObject>,
    identity: &Identity,
    asked: ProtocolVersion,
    first: bool,
) -> Result<Step> {
    let result = match reply {
        Ok(result) => result,
        Err(error) => {
            let offered = read_supported(&error).unwrap_or_default();
            return match identity.mutual(Era::Legacy, &offered) {
                Some(version) if first && version != asked => Ok(Step::Again(version)),
                _ => Err(Error::rejected(error).during(METHOD)),
            };
        }
    };
    let Reading { value: initialized, lost } = Era::Legacy
        .read::<Initialized>(&result)
        .map_err(|misread| Error::invalid(format!("the server's answer to {METHOD} cannot be used: {misread}")))?;
    tell_lost(METHOD, &lost);
    let Initialized { version, capabilities, server, instructions } = initialized;
    match identity.mutual(Era::Legacy, std::slice::from_ref(&version)) {
        Some(version) => Ok(Step::Done(Box::new(Server { version, info: server, capabilities, instructions }))),
        None => Err(nothing_mutual(&[version], identity)),
    }
}
