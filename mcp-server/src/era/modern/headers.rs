//! Headers that mirror the body must say the same as the body.

use http::HeaderMap;
use mcp_core::{
    error::{Error, ErrorKind},
    header::{self, Mirror},
    json::RawJson,
    jsonrpc::Params,
};

use crate::{era::named::Named, http::Single};

/// Checks the version header against `_meta` (HTTPM-022, HTTPM-023).
pub(super) fn check_version(named: &Named<'_>, version: &str) -> Result<(), Error> {
    match text(named.version, header::PROTOCOL_VERSION)? {
        Some(value) if value == version => Ok(()),
        Some(_) => Err(mismatch("the header MCP-Protocol-Version names another version than `_meta`")),
        None => Err(mismatch("the header MCP-Protocol-Version is missing")),
    }
}

/// Checks `Mcp-Method` and `Mcp-Name` (HDR-005, HDR-006).
pub(super) fn check_method_and_name(named: &Named<'_>, method: &str, params: &Params) -> Result<(), Error> {
    match text(named.method, header::METHOD)? {
        Some(value) if value == method => {}
        Some(_) => return Err(mismatch("the header Mcp-Method names another method than the body")),
        None => return Err(mismatch("the header Mcp-Method is missing")),
    }
    let Some(source) = header::name_source(method) else { return Ok(()) };
    let Some(value) = text(named.name, header::NAME)? else {
        return Err(mismatch("the header Mcp-Name is missing"));
    };
    let decoded =
        header::decode_value(value).map_err(|_| mismatch("the header Mcp-Name is not valid base64 of UTF-8"))?;
    // A body without the name is refused by the method itself.
    match params.peek_text(source) {
        Some(name) if name != decoded => Err(mismatch("the header Mcp-Name names something else than the body")),
        _ => Ok(()),
    }
}

/// Checks the headers that repeat arguments of a tool (HDR-023 to HDR-027).
pub(super) fn check_arguments(headers: &HeaderMap, mirror: &Mirror, arguments: &RawJson) -> Result<(), Error> {
    let values =
        |name: &str| headers.get_all(name).iter().map(|value| value.to_str().ok()).collect::<Vec<_>>().into_iter();
    mirror.check(arguments, values).map_err(|what| mismatch(format!("the header {what}")))
}

/// The text of a header that may stand once (HDR-006).
fn text<'a>(header: Single<'a>, name: &str) -> Result<Option<&'a str>, Error> {
    let value = match header {
        Single::Absent => return Ok(None),
        Single::Once(value) => value,
        Single::Repeated => return Err(mismatch(format!("the header {name} stands more than once"))),
    };
    let text = value.to_str().map_err(|_| mismatch(format!("the header {name} is not plain ASCII")))?;
    Ok(Some(text.trim_matches([' ', '\t'])))
}

fn mismatch(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::HeaderMismatch, message)
}
