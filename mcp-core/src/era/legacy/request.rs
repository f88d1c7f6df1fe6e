//! What a client may ask in this era.

use super::Handshake;
use crate::{
    era::{
        request::{read_custom, read_request as read_shared, read_uri},
        shared,
    },
    error::Error,
    json::Text,
    jsonrpc::{Params, RequestId},
    model::{LogLevel, ProgressToken, Request},
};

/// A request of this era.
#[derive(Debug)]
pub enum LegacyRequest {
    /// `initialize`: opens a session.
    Initialize(Box<Handshake>),
    /// `ping`: are you there?
    Ping,
    /// Everything that a server's registries answer.
    Call {
        /// What is asked.
        request: Request,
        /// Where progress is wanted.
        progress_token: Option<ProgressToken>,
    },
    /// `resources/subscribe`: the session wants to know when a resource changes (2025-11-25, server/resources,
    /// "Subscriptions").
    Subscribe {
        /// Which one.
        uri: Text,
    },
    /// `resources/unsubscribe`: no more.
    Unsubscribe {
        /// Which one.
        uri: Text,
    },
    /// `logging/setLevel`: the session wants messages of this level and above (2025-11-25, server/utilities/logging,
    /// "Setting Log Level").
    SetLevel(LogLevel),
}

/// Reads a request by its method. A handshake may say at most `handshake_bytes` about its client.
///
/// # Errors
///
/// `MethodNotFound` for methods that only the other era has, `InvalidParams` for parameters that do not fit. A method
/// that neither has is [`Request::Custom`].
pub fn read_request(method: &Text, params: &Params, handshake_bytes: usize) -> Result<LegacyRequest, Error> {
    match method.as_str() {
        "initialize" => {
            Handshake::read(params, handshake_bytes).map(|handshake| LegacyRequest::Initialize(Box::new(handshake)))
        }
        "ping" => Ok(LegacyRequest::Ping),
        "resources/subscribe" => Ok(LegacyRequest::Subscribe { uri: read_uri(params)? }),
        "resources/unsubscribe" => Ok(LegacyRequest::Unsubscribe { uri: read_uri(params)? }),
        "logging/setLevel" => {
            let level = params.get("level").ok_or_else(|| Error::invalid_params("`params.level` is missing"))?;
            shared::read_level(&level, "params.level").map(LegacyRequest::SetLevel)
        }
        _ => {
            let request = match read_shared(method, params)? {
                Some(request) => request,
                None => read_custom(method, params)?,
            };
            Ok(LegacyRequest::Call { request, progress_token: shared::read_progress_token(params)? })
        }
    }
}

/// The id that `notifications/cancelled` names; `None` if it names none (2026-07-28, basic/patterns/cancellation,
/// "Error Handling").
pub fn read_cancelled(params: &Params) -> Option<RequestId> {
    RequestId::from_json(&params.get("requestId")?)
}
