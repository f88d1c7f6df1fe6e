//! What a client may ask in this era.

use super::Handshake;
use crate::{
    era::{
        Method,
        request::{read_call, read_custom, read_request as read_shared, read_uri},
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
    let Some(defined) = Method::named(method) else {
        return call(read_custom(method, params)?, params);
    };
    match defined {
        // First, and by itself: nearly every request is one.
        Method::CallTool => call(read_call(params)?, params),
        Method::Initialize => read_initialize(params, handshake_bytes),
        Method::Ping => Ok(LegacyRequest::Ping),
        Method::Subscribe => Ok(LegacyRequest::Subscribe { uri: read_uri(params)? }),
        Method::Unsubscribe => Ok(LegacyRequest::Unsubscribe { uri: read_uri(params)? }),
        Method::SetLevel => read_set_level(params),
        defined => match read_shared(defined, params)? {
            Some(request) => call(request, params),
            None => Err(Error::method_not_found(method)),
        },
    }
}

// Out of line, as the next: what it needs stands on no stack of a call.
#[inline(never)]
fn read_initialize(params: &Params, handshake_bytes: usize) -> Result<LegacyRequest, Error> {
    Handshake::read(params, handshake_bytes).map(|handshake| LegacyRequest::Initialize(Box::new(handshake)))
}

#[inline(never)]
fn read_set_level(params: &Params) -> Result<LegacyRequest, Error> {
    let level = params.get("level").ok_or_else(|| Error::invalid_params("`params.level` is missing"))?;
    shared::read_level(&level, "params.level").map(LegacyRequest::SetLevel)
}

fn call(request: Request, params: &Params) -> Result<LegacyRequest, Error> {
    Ok(LegacyRequest::Call { request, progress_token: shared::read_progress_token(params)? })
}

/// The id that `notifications/cancelled` names; `None` if it names none (2026-07-28, basic/patterns/cancellation,
/// "Error Handling").
pub fn read_cancelled(params: &Params) -> Option<RequestId> {
    RequestId::from_json(&params.get("requestId")?)
}
