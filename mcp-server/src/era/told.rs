//! Requests that are refused before they are calls, told to whoever runs the server: in a span like that of a call.

use mcp_core::{
    era::{Method, modern::keys},
    error::Error,
    jsonrpc::{Params, Request, RequestId},
    version::ProtocolVersion,
};
use tracing::Span;

use crate::{
    engine::Engine,
    logging::{Arrival, Described, Transport},
};

/// Tells of a request that is refused, if the error is one that whoever runs the server should know of. `request` is `None`
/// for what is no request.
#[cold]
#[inline(never)]
pub(super) fn tell_refused(engine: &Engine, request: Option<&Request>, transport: Transport, error: &Error) {
    match request {
        Some(Request { id, method, params }) => tell_of_parts(engine, id, method, params, transport, error),
        None => engine.tell_refused(Span::none, error),
    }
}

/// As [`tell_refused`], of a request that is taken apart already.
#[cold]
#[inline(never)]
pub(super) fn tell_of_parts(
    engine: &Engine,
    id: &RequestId,
    method: &str,
    params: &Params,
    transport: Transport,
    error: &Error,
) {
    engine.tell_refused(|| span_of_parts(id, method, params, transport), error);
}

/// The span of a request that is refused.
#[cfg(feature = "http")]
pub(super) fn span_of(Request { id, method, params }: &Request, transport: Transport) -> Span {
    span_of_parts(id, method, params, transport)
}

fn span_of_parts(id: &RequestId, method: &str, params: &Params, transport: Transport) -> Span {
    let source = Method::named(method).and_then(Method::name_source);
    let name = source.and_then(|source| params.peek_text(source));
    let version = params.peek_meta_text(keys::VERSION).and_then(|version| version.parse::<ProtocolVersion>().ok());
    Described { arrival: Arrival { id: Some(id), transport }, method, name: name.as_deref(), version }.of_refused()
}
