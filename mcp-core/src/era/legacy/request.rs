//! What a client may ask in this era.

use super::Handshake;
use crate::{
    era::shared,
    error::Error,
    jsonrpc::{Params, RequestId},
    model::{ProgressToken, Request},
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
}

/// Reads a request by its method.
///
/// # Errors
///
/// `MethodNotFound` for methods that this era does not have, `InvalidParams` for parameters that do not fit.
pub fn read_request(method: &str, params: &Params) -> Result<LegacyRequest, Error> {
    match method {
        "initialize" => Handshake::read(params).map(|handshake| LegacyRequest::Initialize(Box::new(handshake))),
        "ping" => Ok(LegacyRequest::Ping),
        _ => match shared::read_request(method, params)? {
            Some(request) => Ok(LegacyRequest::Call { request, progress_token: shared::read_progress_token(params)? }),
            None => Err(Error::method_not_found(method)),
        },
    }
}

/// The id that `notifications/cancelled` names; `None` if it names none (CANC-011).
pub fn read_cancelled(params: &Params) -> Option<RequestId> {
    RequestId::from_json(&params.get("requestId")?)
}
