//! The numbers of errors: the one table of them.

use super::family::Era;
use crate::{error::ErrorKind, version::ProtocolVersion};

/// The bytes are not JSON.
pub const PARSE: i64 = -32700;
/// The JSON is no message, or one that may not be sent now.
pub const INVALID_REQUEST: i64 = -32600;
/// No such method here.
pub const METHOD_NOT_FOUND: i64 = -32601;
/// The parameters do not fit the method.
pub const INVALID_PARAMS: i64 = -32602;
/// Something failed that is no business of the peer.
pub const INTERNAL: i64 = -32603;
/// No resource has that URI; until 2025-11-25, which is the last revision that has a number for it.
pub const RESOURCE_NOT_FOUND: i64 = -32002;
/// The user has to open pages before the request can be made again; in 2025-11-25 only.
pub const URL_ELICITATION_REQUIRED: i64 = -32042;
/// The user does not want a model to be asked; until 2025-11-25 (2025-11-25, client/sampling, "Error Handling").
pub const USER_REJECTED: i64 = -1;
/// An HTTP header contradicts the body.
pub const HEADER_MISMATCH: i64 = -32020;
/// The request needs a capability that the client did not declare.
pub const MISSING_CAPABILITY: i64 = -32021;
/// The revision that the request names is not served here.
pub const UNSUPPORTED_VERSION: i64 = -32022;

/// Whether an error says that there is no such resource, as the answer to a request that only reads one: a revision without
/// a number of its own for that says that the parameter is wrong (2026-07-28, server/resources, "Error Handling").
pub fn is_missing_resource(code: i64, reads: bool) -> bool {
    code == RESOURCE_NOT_FOUND || (reads && code == INVALID_PARAMS)
}

/// The number of an error kind in a revision.
pub fn of(kind: ErrorKind, version: ProtocolVersion) -> i64 {
    match kind {
        ErrorKind::Parse => PARSE,
        ErrorKind::InvalidRequest => INVALID_REQUEST,
        ErrorKind::MethodNotFound => METHOD_NOT_FOUND,
        ErrorKind::InvalidParams | ErrorKind::InvalidArguments => INVALID_PARAMS,
        ErrorKind::Internal => INTERNAL,
        ErrorKind::HeaderMismatch => HEADER_MISMATCH,
        ErrorKind::MissingCapability => MISSING_CAPABILITY,
        ErrorKind::UnsupportedVersion => UNSUPPORTED_VERSION,
        ErrorKind::ResourceNotFound => match Era::of(version) {
            Era::Legacy => RESOURCE_NOT_FOUND,
            Era::Modern => INVALID_PARAMS,
        },
        ErrorKind::Application(number) => number,
    }
}
