//! What a client may ask in this era.

use super::ListenFilter;
use crate::{
    call::Resume,
    era::{
        Method,
        request::{read_call, read_custom, read_request as read_shared},
    },
    error::Error,
    json::{RawJson, RawObject, Text},
    jsonrpc::Params,
    model::Request,
};

/// A request of this era.
#[derive(Debug)]
pub enum ModernRequest {
    /// `server/discover`: who the server is and what it can do.
    Discover,
    /// `subscriptions/listen`: a stream of events.
    Listen(ListenFilter),
    /// Everything that a server's registries answer.
    Call(Request),
}

/// Reads a request by its method, which is `defined` if the protocol has it in any revision. A stream may name at most
/// `watched_resources` resources.
///
/// # Errors
///
/// `MethodNotFound` for methods that only the other era has, `InvalidParams` for parameters that do not fit. A method
/// that neither has is [`Request::Custom`].
pub fn read_request(
    method: &Text,
    defined: Option<Method>,
    params: &Params,
    watched_resources: usize,
) -> Result<ModernRequest, Error> {
    let Some(defined) = defined else {
        return read_custom(method, params).map(ModernRequest::Call);
    };
    match defined {
        Method::Discover => Ok(ModernRequest::Discover),
        Method::Listen => read_listen(params, watched_resources),
        // By itself, because nearly every request is one, and would be moved once more behind the others.
        Method::CallTool => read_call(params).map(ModernRequest::Call),
        defined => match read_shared(defined, params)? {
            Some(request) => Ok(ModernRequest::Call(request)),
            None => Err(Error::method_not_found(method)),
        },
    }
}

/// What the client brings if it asks again; `None` for a request that is asked for the first time (2026-07-28,
/// basic/patterns/mrtr, "Client Requirements").
///
/// # Errors
///
/// If what it brings has another shape.
pub fn read_resume(params: &Params) -> Result<Option<Box<Resume>>, Error> {
    if params.may_have_longer(STATE.len()) { read_brought(params) } else { Ok(None) }
}

const STATE: &str = "requestState";
const RESPONSES: &str = "inputResponses";

#[cold]
fn read_brought(params: &Params) -> Result<Option<Box<Resume>>, Error> {
    if params.get(STATE).is_none() && params.get(RESPONSES).is_none() {
        return Ok(None);
    }
    let state = match params.get(STATE).filter(|state| !state.is_null()) {
        Some(state) => {
            Some(state.to_text().ok_or_else(|| Error::invalid_params("`params.requestState` must be a string"))?)
        }
        None => None,
    };
    let responses = params.get(RESPONSES).filter(|responses| !responses.is_null()).unwrap_or(RawJson::EMPTY_OBJECT);
    let responses = RawObject::from_raw(responses)
        .ok_or_else(|| Error::invalid_params("`params.inputResponses` must be an object: an answer for each key"))?;
    Ok(Some(Box::new(Resume::new(state, responses))))
}

#[inline(never)]
fn read_listen(params: &Params, watched_resources: usize) -> Result<ModernRequest, Error> {
    let filter = params.get("notifications").filter(RawJson::is_object);
    let filter =
        filter.ok_or_else(|| Error::invalid_params("`params.notifications` must be an object: what to listen to"))?;
    Ok(ModernRequest::Listen(ListenFilter::read(&filter, watched_resources)?))
}
