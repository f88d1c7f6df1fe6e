//! Reading the requests that both eras have.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Method;
use crate::{
    error::Error,
    json::{RawJson, Text, strings_within},
    jsonrpc::Params,
    model::{CompleteParams, CompletionReference, Request},
    version::ProtocolVersion,
};

/// The most arguments of a prompt, or known values of a completion, that are read.
const MOST_ARGUMENTS: usize = 1024;

/// Whether the model is told of arguments that do not fit, by a result, so that it tries again (2026-07-28, server/tools,
/// "Error Handling"). Before 2025-11-25 they are an error of the request.
pub fn tells_model(version: ProtocolVersion) -> bool {
    version >= ProtocolVersion::V2025_11_25
}

/// Whether a client of that revision is asked by an answer to this request, and asks again with its answers (2026-07-28,
/// basic/patterns/mrtr, "Supported Requests").
pub fn asks_in_rounds(version: ProtocolVersion, request: &Request) -> bool {
    let may_ask =
        matches!(request, Request::CallTool { .. } | Request::GetPrompt { .. } | Request::ReadResource { .. });
    may_ask && version >= super::modern::FIRST
}

/// Reads the parameters of a request that both eras have; `None` if only one has the method, or if it is no question to
/// a server.
pub fn read_request(method: Method, params: &Params) -> Result<Option<Request>, Error> {
    Ok(Some(match method {
        Method::ListTools => Request::ListTools { cursor: read_cursor(params)? },
        Method::CallTool => read_call(params)?,
        Method::ListPrompts => Request::ListPrompts { cursor: read_cursor(params)? },
        Method::GetPrompt => read_get_prompt(params)?,
        Method::ListResources => Request::ListResources { cursor: read_cursor(params)? },
        Method::ListResourceTemplates => Request::ListResourceTemplates { cursor: read_cursor(params)? },
        Method::ReadResource => Request::ReadResource { uri: read_uri(params)? },
        Method::Complete => read_complete(params)?,
        Method::Discover
        | Method::Listen
        | Method::Initialize
        | Method::Ping
        | Method::Subscribe
        | Method::Unsubscribe
        | Method::SetLevel
        | Method::CreateMessage
        | Method::Elicit
        | Method::ListRoots
        | Method::Initialized
        | Method::Cancelled
        | Method::Progress
        | Method::Message
        | Method::ToolsListChanged
        | Method::PromptsListChanged
        | Method::ResourcesListChanged
        | Method::ResourceUpdated
        | Method::RootsListChanged
        | Method::ElicitationComplete
        | Method::Acknowledged => return Ok(None),
    }))
}

/// Reads `params.uri`.
#[inline(never)]
pub(super) fn read_uri(params: &Params) -> Result<Text, Error> {
    required(params, "uri", "the URI of the resource")
}

/// A request whose method the protocol does not define: one of an extension, if its name is not the protocol's all the
/// same.
#[inline(never)]
pub(super) fn read_custom(method: &Text, params: &Params) -> Result<Request, Error> {
    if super::defines(method) {
        return Err(Error::method_not_found(method));
    }
    Ok(Request::Custom { method: method.clone(), params: params.without_meta() })
}

fn required(params: &Params, key: &str, what: &str) -> Result<Text, Error> {
    params.text(key).ok_or_else(|| Error::invalid_params(format!("`params.{key}` must be a string: {what}")))
}

/// Reads a call of a tool.
pub(super) fn read_call(params: &Params) -> Result<Request, Error> {
    let name = required(params, "name", "the name of the tool")?;
    let arguments = params.get("arguments").filter(|value| !value.is_null()).unwrap_or(RawJson::EMPTY_OBJECT);
    if !arguments.is_object() {
        return Err(Error::invalid_params("`params.arguments` must be an object"));
    }
    Ok(Request::CallTool { name, arguments })
}

// Out of line, as the next: what they need stands on no stack of a call.
#[inline(never)]
fn read_get_prompt(params: &Params) -> Result<Request, Error> {
    Ok(Request::GetPrompt {
        name: required(params, "name", "the name of the prompt")?,
        arguments: read_strings(params.get("arguments"), "params.arguments")?,
    })
}

#[inline(never)]
fn read_cursor(params: &Params) -> Result<Option<Text>, Error> {
    // Some clients write what they have not got as `null`.
    match params.get("cursor").filter(|cursor| !cursor.is_null()) {
        None => Ok(None),
        Some(value) => {
            value.to_text().map(Some).ok_or_else(|| Error::invalid_params("`params.cursor` must be a string"))
        }
    }
}

/// An object whose values are strings; empty if it is absent.
fn read_strings(value: Option<RawJson>, place: &str) -> Result<BTreeMap<String, String>, Error> {
    match value.filter(|value| !value.is_null()) {
        None => Ok(BTreeMap::new()),
        Some(value) => strings_within(&value, MOST_ARGUMENTS)
            .map_err(|error| Error::invalid_params(format!("`{place}` must map names to strings: {error}"))),
    }
}

#[inline(never)]
fn read_complete(params: &Params) -> Result<Request, Error> {
    #[derive(Deserialize)]
    struct Reference {
        #[serde(rename = "type")]
        kind: String,
        name: Option<RawJson>,
        uri: Option<RawJson>,
    }
    #[derive(Deserialize)]
    struct Argument {
        name: String,
        value: String,
    }
    #[derive(Deserialize)]
    struct Context {
        arguments: Option<RawJson>,
    }
    let missing = |key: &str| Error::invalid_params(format!("`params.{key}` must be an object"));
    let wrong = |key: &'static str| move |error| Error::invalid_params(format!("`params.{key}`: {error}"));
    let Reference { kind, name: prompt, uri } =
        params.get("ref").ok_or_else(|| missing("ref"))?.parse().map_err(wrong("ref"))?;
    let Argument { name, value } =
        params.get("argument").ok_or_else(|| missing("argument"))?.parse().map_err(wrong("argument"))?;
    let context = params
        .get("context")
        .filter(|context| !context.is_null())
        .map(|context| context.parse::<Context>())
        .transpose()
        .map_err(wrong("context"))?;
    let text = |value: Option<RawJson>, key: &str| {
        let text = value.and_then(|value| value.to_text());
        text.ok_or_else(|| Error::invalid_params(format!("`params.ref.{key}` must be a string")))
    };
    let reference = match kind.as_str() {
        "ref/prompt" => CompletionReference::Prompt { name: text(prompt, "name")? },
        "ref/resource" => CompletionReference::Resource { uri: text(uri, "uri")? },
        _ => return Err(Error::invalid_params("`params.ref.type` must be \"ref/prompt\" or \"ref/resource\"")),
    };
    let context = read_strings(context.and_then(|context| context.arguments), "params.context.arguments")?;
    let params = CompleteParams { reference, argument: name.into(), value: value.into(), context };
    Ok(Request::Complete(Box::new(params)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::jsonrpc::{Limits, Message, decode};

    fn read(method: &str, params: &str) -> Result<Option<Request>, Error> {
        let frame = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        let Ok(Message::Request(request)) = decode(&Bytes::from(frame), &Limits::default()) else { panic!("{params}") };
        read_request(Method::named(method).unwrap(), &request.params)
    }

    /// Held to 2026-07-28, schema, "CompleteResult"; 2026-07-28, server/utilities/completion, "Requesting Completions",
    /// "Reference Types".
    #[test]
    fn completions_name_what_they_complete() {
        let params = r#"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"v"},"context":{"arguments":{"b":"c"}}}"#;
        let Ok(Some(Request::Complete(params))) = read("completion/complete", params) else { panic!("not read") };
        let CompleteParams { reference, argument, value, context } = *params;
        assert_eq!(reference, CompletionReference::Prompt { name: "p".into() });
        assert_eq!((argument.as_str(), value.as_str(), context["b"].as_str()), ("a", "v", "c"));
        for params in [
            "{}",
            r#"{"ref":{"type":"ref/tool","name":"p"},"argument":{"name":"a","value":"v"}}"#,
            r#"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a"}}"#,
            r#"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"v"},"context":{"arguments":{"b":1}}}"#,
        ] {
            assert!(read("completion/complete", params).is_err(), "{params}");
        }
    }

    #[test]
    fn arguments_of_prompts_are_strings() {
        assert!(
            matches!(read("prompts/get", r#"{"name":"p"}"#), Ok(Some(Request::GetPrompt { arguments, .. })) if arguments.is_empty())
        );
        assert!(read("prompts/get", r#"{"name":"p","arguments":{"a":1}}"#).is_err());
        assert!(read("prompts/get", r#"{"arguments":{}}"#).is_err());
        assert!(read("resources/read", r#"{"uri":1}"#).is_err());
    }
}
