//! What `_meta` says about a request: version, client, capabilities.

use std::sync::Arc;

use serde_json::json;

use crate::{
    call::{Caller, Principal},
    era::shared::{read_level, read_progress_token, sentence_of},
    error::{Error, ErrorKind},
    json::{RawJson, unescape},
    jsonrpc::Params,
    model::{ClientCapabilities, LogLevel, ProgressToken},
    version::ProtocolVersion,
};

/// The keys that the protocol reserves in `_meta` (2026-07-28, basic, "`_meta`").
pub mod keys {
    /// The protocol version of a request.
    pub const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
    /// Who the client is.
    pub const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
    /// What the client can do.
    pub const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
    /// From which level log messages are wanted.
    pub const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
    /// The listen request that a notification belongs to.
    pub const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";
    /// Who the server is.
    pub const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
}

/// The most that is read of what a client says it is, in bytes. It is for display: a client that says more stays
/// without a name.
const CLIENT_INFO_MAX: usize = 16 << 10;

/// What a request says of itself in its `_meta`, as far as the protocol defines it.
#[derive(Debug)]
pub struct Envelope {
    /// Who asks.
    pub caller: Arc<Caller>,
    /// Where progress is wanted.
    pub progress_token: Option<ProgressToken>,
}

impl Envelope {
    /// Whether a message carries the key that makes it one of this era.
    pub fn is_present(params: &Params) -> bool {
        params.peek_meta(keys::VERSION).is_some()
    }

    /// Reads the envelope of a request, which `principal` is behind. `check` is shown the version as the client spelled it,
    /// before that is looked for among those `served`.
    ///
    /// All at once, so that what is found goes into the caller directly: every request has one.
    ///
    /// # Errors
    ///
    /// `InvalidParams` if a required key is missing or has the wrong type (2026-07-28, basic, "`_meta`"; 2026-07-28,
    /// schema, "RequestMetaObject"); what `check` says; `UnsupportedVersion` with the list of those that are served
    /// (2026-07-28, basic/versioning, "Protocol Version Negotiation").
    #[inline(never)]
    pub fn read(
        params: &Params,
        served: &[ProtocolVersion],
        principal: Option<&Principal>,
        check: impl FnOnce(&str) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let [version, capabilities, client, token, level] = params.peek_metas([
            keys::VERSION,
            keys::CLIENT_CAPABILITIES,
            keys::CLIENT_INFO,
            "progressToken",
            keys::LOG_LEVEL,
        ]);
        let version = version.ok_or_else(|| missing(keys::VERSION))?;
        let version = version.starts_with('"').then(|| unescape(version));
        let version = version.ok_or_else(|| mistyped(keys::VERSION, "a string"))?;
        let capabilities = match capabilities {
            None => return Err(missing(keys::CLIENT_CAPABILITIES)),
            Some("{}") => None,
            Some(_) => Some(read_capabilities(params)?),
        };
        if client.is_some_and(|client| !client.starts_with('{')) {
            return Err(mistyped(keys::CLIENT_INFO, "an object"));
        }
        let progress_token = token.map_or(Ok(None), |_| read_progress_token(params))?;
        let log_level = level.map(|level| read_log_level(&params.own(level))).transpose()?;
        check(&version)?;
        let version = version_among(served, &version)?;
        let client = client.filter(|client| client.len() <= CLIENT_INFO_MAX).map(|client| params.own(client));
        let caller = Caller::of_request(version, capabilities, client, log_level, principal.cloned());
        Ok(Self { caller: Arc::new(caller), progress_token })
    }
}

/// The version of that name, if it is one of those `served` and of this era.
fn version_among(served: &[ProtocolVersion], requested: &str) -> Result<ProtocolVersion, Error> {
    match served.iter().find(|version| version.as_str() == requested) {
        Some(version) if *version >= super::FIRST => Ok(*version),
        Some(version) => Err(of_sessions(*version, served)),
        None => Err(unsupported_version(requested, served)),
    }
}

#[cold]
fn of_sessions(version: ProtocolVersion, served: &[ProtocolVersion]) -> Error {
    let message = format!("revision {version} has sessions: send `initialize`, and no version in `_meta`");
    unsupported_version(version.as_str(), served).with_message(message)
}

/// The answer to a version that is not served here (2026-07-28, basic/versioning, "Protocol Version Negotiation").
#[cold]
pub fn unsupported_version(requested: &str, served: &[ProtocolVersion]) -> Error {
    let supported: Vec<&str> = served.iter().map(|version| version.as_str()).collect();
    let sentence =
        format!("unsupported protocol version; this server speaks {}", sentence_of(supported.iter().copied()));
    Error::new(ErrorKind::UnsupportedVersion, sentence)
        .with_data(json!({"supported": supported, "requested": requested}))
}

/// Out of line: most clients of most requests declare nothing.
#[inline(never)]
fn read_capabilities(params: &Params) -> Result<Box<ClientCapabilities>, Error> {
    let key = keys::CLIENT_CAPABILITIES;
    let capabilities = params.meta(key).filter(RawJson::is_object).ok_or_else(|| mistyped(key, "an object"))?;
    capabilities.parse().map(Box::new).map_err(|error| Error::invalid_params(format!("`_meta[\"{key}\"]`: {error}")))
}

#[inline(never)]
fn read_log_level(level: &RawJson) -> Result<LogLevel, Error> {
    read_level(level, &format!("params._meta[\"{}\"]", keys::LOG_LEVEL))
}

#[cold]
fn missing(key: &str) -> Error {
    Error::invalid_params(format!(
        "`params._meta[\"{key}\"]` is missing: every request names its version and capabilities"
    ))
}

#[cold]
fn mistyped(key: &str, expected: &str) -> Error {
    Error::invalid_params(format!("`params._meta[\"{key}\"]` must be {expected}"))
}
