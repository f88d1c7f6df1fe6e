//! Headers that mirror the body must say the same as the body.

use http::{HeaderMap, HeaderName};
use mcp_core::{
    error::{Error, ErrorKind},
    header::{self, Mirror},
    json::RawJson,
    jsonrpc::Params,
};

/// Names that were checked once: looking up a string checks it again.
pub(in crate::era) static PROTOCOL_VERSION: HeaderName = HeaderName::from_static(header::PROTOCOL_VERSION);
static METHOD: HeaderName = HeaderName::from_static(header::METHOD);
static NAME: HeaderName = HeaderName::from_static(header::NAME);

/// Checks the version header against `_meta` (HTTPM-022, HTTPM-023).
pub(super) fn check_version(headers: &HeaderMap, version: &str) -> Result<(), Error> {
    match single(headers, &PROTOCOL_VERSION)? {
        Some(value) if value == version => Ok(()),
        Some(_) => Err(mismatch("the header MCP-Protocol-Version names another version than `_meta`")),
        None => Err(mismatch("the header MCP-Protocol-Version is missing")),
    }
}

/// Checks `Mcp-Method` and `Mcp-Name` (HDR-005, HDR-006).
pub(super) fn check_method_and_name(headers: &HeaderMap, method: &str, params: &Params) -> Result<(), Error> {
    match single(headers, &METHOD)? {
        Some(value) if value == method => {}
        Some(_) => return Err(mismatch("the header Mcp-Method names another method than the body")),
        None => return Err(mismatch("the header Mcp-Method is missing")),
    }
    let Some(source) = header::name_source(method) else { return Ok(()) };
    let Some(value) = single(headers, &NAME)? else {
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

/// The value of a header that may stand once; two of them could be read differently on the way (HDR-006).
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Error> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(mismatch(format!("the header {name} stands more than once")));
    }
    let text = first.to_str().map_err(|_| mismatch(format!("the header {name} is not plain ASCII")))?;
    Ok(Some(text.trim_matches([' ', '\t'])))
}

fn mismatch(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::HeaderMismatch, message)
}
