//! Headers that mirror the body must say the same as the body.

use http::HeaderMap;
use mcp_core::{
    error::{Error, ErrorKind},
    header::{self, MirroredArgument},
    json::RawJson,
    jsonrpc::Params,
};
use serde_json::Value;

/// Checks the version header against `_meta` (HTTPM-022, HTTPM-023).
pub(super) fn check_version(headers: &HeaderMap, version: &str) -> Result<(), Error> {
    match single(headers, header::PROTOCOL_VERSION)? {
        Some(value) if value == version => Ok(()),
        Some(_) => Err(mismatch("the header MCP-Protocol-Version names another version than `_meta`")),
        None => Err(mismatch("the header MCP-Protocol-Version is missing")),
    }
}

/// Checks `Mcp-Method` and `Mcp-Name` (HDR-005, HDR-006).
pub(super) fn check_method_and_name(headers: &HeaderMap, method: &str, params: &Params) -> Result<(), Error> {
    match single(headers, header::METHOD)? {
        Some(value) if value == method => {}
        Some(_) => return Err(mismatch("the header Mcp-Method names another method than the body")),
        None => return Err(mismatch("the header Mcp-Method is missing")),
    }
    let Some(source) = header::name_source(method) else { return Ok(()) };
    let Some(value) = single(headers, header::NAME)? else {
        return Err(mismatch("the header Mcp-Name is missing"));
    };
    let decoded =
        header::decode_value(value).map_err(|_| mismatch("the header Mcp-Name is not valid base64 of UTF-8"))?;
    // A body without the name is refused by the method itself.
    match params.text(source) {
        Some(name) if *name != *decoded => Err(mismatch("the header Mcp-Name names something else than the body")),
        _ => Ok(()),
    }
}

/// Checks the headers of the arguments that the tool wants mirrored. Others are nobody's business (HDR-023 to
/// HDR-027).
pub(super) fn check_arguments(
    headers: &HeaderMap,
    mirrored: &[MirroredArgument],
    arguments: &RawJson,
) -> Result<(), Error> {
    let arguments: Value = arguments.parse().unwrap_or_default();
    for argument in mirrored {
        let name = argument.header();
        let header = single(headers, name)?
            .map(header::decode_value)
            .transpose()
            .map_err(|_| mismatch(format!("the header {name} is not valid base64 of UTF-8")))?;
        match (header, argument.value(&arguments).filter(|value| is_mirrored(value))) {
            (None, None) => {}
            (Some(header), Some(value)) if says(&header, value) => {}
            (Some(_), Some(_)) => return Err(mismatch(format!("the header {name} says something else than the body"))),
            (Some(_), None) => return Err(mismatch(format!("the header {name} mirrors nothing in the body"))),
            (None, Some(_)) => {
                return Err(mismatch(format!("the header {name} is missing: the tool wants the argument mirrored")));
            }
        }
    }
    Ok(())
}

/// What no header can mirror does not fit the schema either, and is told in its words.
fn is_mirrored(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|number| number.fract() == 0.0),
        value => value.is_string() || value.is_boolean(),
    }
}

fn says(header: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => header == text,
        Value::Bool(truth) => header == if *truth { "true" } else { "false" },
        Value::Number(number) => integer(header).is_some_and(|header| integer(&number.to_string()) == Some(header)),
        _ => false,
    }
}

/// The integer that a text writes, also as `42.0` (HDR-025).
fn integer(text: &str) -> Option<i128> {
    let (digits, zeros) = text.split_once('.').unwrap_or((text, "0"));
    let is_plain = digits.strip_prefix('-').unwrap_or(digits).bytes().all(|byte| byte.is_ascii_digit());
    if is_plain && !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') {
        return digits.parse().ok();
    }
    // With an exponent, as large floats are written.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = text.parse::<f64>().ok()?;
    (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i128)
}

/// The value of a header that may stand once; two of them could be read differently on the way (HDR-006).
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Error> {
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
