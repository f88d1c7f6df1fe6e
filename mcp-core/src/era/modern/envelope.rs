//! What `_meta` says about a request: version, client, capabilities.

use std::borrow::Cow;

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

/// The part of a request's `_meta` that the protocol defines.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// The version as the client spelled it; it need not be one we know.
    pub version: Cow<'a, str>,
    /// Where progress is wanted.
    pub progress_token: Option<ProgressToken>,
    /// From which level log messages are wanted; `None` if none are (2026-07-28, server/utilities/logging, "Per-request
    /// log level").
    pub log_level: Option<LogLevel>,
    /// `None` for none.
    capabilities: Option<Box<ClientCapabilities>>,
    client: Option<RawJson>,
}

impl<'a> Envelope<'a> {
    /// Whether a message carries the key that makes it one of this era.
    pub fn is_present(params: &Params) -> bool {
        params.peek_meta(keys::VERSION).is_some()
    }

    /// Reads the envelope of a request.
    ///
    /// # Errors
    ///
    /// `InvalidParams` if a required key is missing or has the wrong type (2026-07-28, basic, "`_meta`"; 2026-07-28,
    /// schema, "RequestMetaObject").
    pub fn read(params: &'a Params) -> Result<Self, Error> {
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
            Some(_) => Some(Box::new(read_capabilities(params)?)),
        };
        if client.is_some_and(|client| !client.starts_with('{')) {
            return Err(mistyped(keys::CLIENT_INFO, "an object"));
        }
        let client = client.filter(|client| client.len() <= CLIENT_INFO_MAX).map(|client| params.own(client));
        let progress_token = token.map_or(Ok(None), |_| read_progress_token(params))?;
        let log_level = level.map(|level| read_log_level(&params.own(level))).transpose()?;
        Ok(Self { version, progress_token, log_level, capabilities, client })
    }

    /// The caller, if its version is among those `served`, with who is behind the request.
    ///
    /// # Errors
    ///
    /// `UnsupportedVersion` with the list of those that are (2026-07-28, basic/versioning, "Protocol Version
    /// Negotiation").
    pub fn into_caller(self, served: &[ProtocolVersion], principal: Option<&Principal>) -> Result<Caller, Error> {
        let version = self.version.parse().ok().filter(|version| served.contains(version));
        let Some(version) = version else { return Err(unsupported_version(&self.version, served)) };
        if version < super::FIRST {
            let error = unsupported_version(&self.version, served);
            let message = format!("revision {version} has sessions: send `initialize`, and no version in `_meta`");
            return Err(error.with_message(message));
        }
        let Self { capabilities, client, log_level, .. } = self;
        Ok(Caller::of_request(version, capabilities, client, log_level, principal.cloned()))
    }
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
fn read_capabilities(params: &Params) -> Result<ClientCapabilities, Error> {
    let key = keys::CLIENT_CAPABILITIES;
    let capabilities = params.meta(key).filter(RawJson::is_object).ok_or_else(|| mistyped(key, "an object"))?;
    capabilities.parse().map_err(|error| Error::invalid_params(format!("`_meta[\"{key}\"]`: {error}")))
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
