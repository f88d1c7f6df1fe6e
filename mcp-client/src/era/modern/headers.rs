//! The headers that say of a request what its body says, too.

use mcp_core::{
    ProtocolVersion,
    era::Method,
    header::{METHOD, NAME, PROTOCOL_VERSION, encode_value},
    json::{RawJson, RawObject, Text},
    model::Request,
};

use crate::{
    error::{Error, Result},
    http::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue},
};

/// The headers of a request (Streamable HTTP, *Sending Messages*, *Protocol Version Header*, *Standard Request
/// Headers*).
pub(crate) fn headers(version: ProtocolVersion, method: &'static str, name: Option<&str>) -> Result<HeaderMap> {
    headers_of(version, HeaderValue::from_static(method), name)
}

/// The headers of a request, whose method may be one of an extension.
pub(super) fn headers_for(version: ProtocolVersion, request: &Request) -> Result<HeaderMap> {
    let method = match request.defined_method() {
        Some(method) => HeaderValue::from_static(method),
        None => HeaderValue::from_str(request.method())
            .map_err(|error| Error::input("the method's name cannot be sent in a header").because(error))?,
    };
    let named = match request {
        Request::Custom { method, params } => named(method, params),
        _ => None,
    };
    headers_of(version, method, request.name().or(named.as_deref()))
}

/// What the parameters of a method name, if its name must be repeated and the caller wrote them by hand.
fn named(method: &str, params: &RawJson) -> Option<Text> {
    let source = Method::named(method)?.name_source()?;
    RawObject::from_raw(params.clone())?.get(source)?.to_text()
}

fn headers_of(version: ProtocolVersion, method: HeaderValue, name: Option<&str>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(5);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    headers.insert(PROTOCOL_VERSION, HeaderValue::from_static(version.as_str()));
    headers.insert(METHOD, method);
    if let Some(name) = name {
        let value = HeaderValue::from_str(&encode_value(name))
            .map_err(|error| Error::input("the name cannot be sent in a header").because(error))?;
        headers.insert(NAME, value);
    }
    Ok(headers)
}
