//! What a client writes and reads alike in both eras.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::{Method, codes, modern::keys, shared::ObjectWriter};
use crate::{
    error::shown,
    json::{JsonError, RawJson, Text, elements, present},
    jsonrpc::{self, Notification, Params, RequestId, encode},
    model::{
        CacheHint, CacheScope, CallToolResult, CompleteParams, CompletionReference, ListToolsResult, Meta, Progress,
        ProgressToken, Request, ServerNotification, Tool,
    },
};

/// A result that is not what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Misread {
    /// It has another shape.
    #[error(transparent)]
    Shape(#[from] JsonError),
    /// It says that it is of a kind that was not offered (2026-07-28, basic, "ResultType").
    #[error("a result of the kind {0:?}, which this client did not offer to handle")]
    Kind(String),
}

/// One page of tools, and the tools on it that could not be read: one bad tool does not hide the others.
#[derive(Debug)]
pub struct ToolPage {
    /// The tools that could be read.
    pub page: ListToolsResult,
    /// Why others could not.
    pub skipped: Vec<JsonError>,
}

/// Reads an event from a notification; `None` if it is none, or malformed.
pub fn read_notification(notification: &Notification) -> Option<ServerNotification> {
    let params = &notification.params;
    Some(match Method::named(&notification.method)? {
        Method::ToolsListChanged => ServerNotification::ToolsListChanged,
        Method::PromptsListChanged => ServerNotification::PromptsListChanged,
        Method::ResourcesListChanged => ServerNotification::ResourcesListChanged,
        Method::ResourceUpdated => ServerNotification::ResourceUpdated { uri: params.text("uri")? },
        Method::Progress => ServerNotification::Progress {
            token: ProgressToken(RequestId::from_json(&params.get("progressToken")?)?),
            progress: Progress::new(
                params.get("progress")?.parse().ok()?,
                params.get("total").and_then(|total| total.parse().ok()),
                params.text("message").map(|message| message.to_string()),
            ),
        },
        Method::Message => ServerNotification::Message(params.raw()?.parse().ok()?),
        _ => return None,
    })
}

/// The request of ours that a notification belongs to, if it says so: by its progress token, by its subscription, or
/// because the server ends that subscription (2026-07-28, basic/transports/stdio, "Receiving Messages"; 2026-07-28,
/// basic/patterns/cancellation, "Transport-Specific Cancellation").
pub fn owner_of(notification: &Notification) -> Option<RequestId> {
    let Notification { method, params } = notification;
    let id = match Method::named(method) {
        Some(Method::Progress) => params.get("progressToken"),
        Some(Method::Cancelled) => params.get("requestId"),
        _ => params.meta(keys::SUBSCRIPTION_ID),
    };
    RequestId::from_json(&id?)
}

/// Writes the notice that a request of ours no longer matters (2026-07-28, basic/patterns/cancellation,
/// "Transport-Specific Cancellation").
pub fn write_cancelled(out: &mut Vec<u8>, id: &RequestId, reason: &str) {
    encode::notification(
        out,
        Method::Cancelled.name(),
        Some(|out: &mut Vec<u8>| {
            let mut params = ObjectWriter::open(out);
            id.write(params.key("requestId"));
            params.value("reason", reason);
            params.close();
        }),
    );
}

/// Answers a request of a server, which only the legacy era has, for a client that offers no features: `ping` is
/// answered, everything else does not exist here (2025-11-25, basic/utilities/ping, "Behavior Requirements").
pub fn write_answer(out: &mut Vec<u8>, request: &jsonrpc::Request) {
    if request.method == Method::Ping.name() {
        return encode::response(out, &request.id, |out| out.extend_from_slice(b"{}"));
    }
    let message = format!("method not found: this client does not offer {}", shown(&request.method));
    encode::error(out, Some(&request.id), codes::METHOD_NOT_FOUND, &message, None);
}

/// The messages of a batch, which only 2025-03-26 has (2025-03-26, basic, "Batching"); `None` if the frame is none.
pub fn split_batch(frame: &Bytes) -> Option<Vec<Bytes>> {
    frame.trim_ascii_start().starts_with(b"[").then(|| elements(frame)).flatten()
}

/// Writes the members that a request's params have in both eras.
pub(super) fn write_request_members(object: &mut ObjectWriter<'_>, request: &Request) {
    match request {
        Request::ListTools { cursor } => {
            object.optional("cursor", cursor.as_ref().map(Text::as_str).as_ref());
        }
        Request::CallTool { name, arguments } => {
            object.value("name", name.as_str());
            object.raw("arguments", arguments);
        }
        Request::ListPrompts { cursor }
        | Request::ListResources { cursor }
        | Request::ListResourceTemplates { cursor } => {
            object.optional("cursor", cursor.as_ref().map(Text::as_str).as_ref());
        }
        Request::GetPrompt { name, arguments } => {
            object.value("name", name.as_str());
            object.value("arguments", arguments);
        }
        Request::ReadResource { uri } => object.value("uri", uri.as_str()),
        Request::Complete(params) => {
            let CompleteParams { reference, argument, value, context } = &**params;
            let reference = match reference {
                CompletionReference::Prompt { name } => json!({"type": "ref/prompt", "name": name.as_str()}),
                CompletionReference::Resource { uri } => json!({"type": "ref/resource", "uri": uri.as_str()}),
            };
            object.value("ref", &reference);
            object.value("argument", &json!({"name": argument.as_str(), "value": value.as_str()}));
            if !context.is_empty() {
                object.value("context", &json!({"arguments": context}));
            }
        }
        Request::Custom { params, .. } => object.raw_members(params.object_members().as_bytes()),
    }
}

/// Reads `tools/list`, and the kind that the result says it is.
pub(super) fn read_list_tools(raw: &RawJson) -> Result<(Option<String>, ToolPage), JsonError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire<T> {
        result_type: Option<String>,
        tools: Option<Vec<T>>,
        next_cursor: Option<String>,
        ttl_ms: Option<f64>,
        cache_scope: Option<String>,
    }
    fn into_page<T>(
        wire: Wire<T>,
        read: impl FnOnce(Vec<T>) -> (Vec<Tool>, Vec<JsonError>),
    ) -> (Option<String>, ToolPage) {
        let Wire { result_type, tools, next_cursor, ttl_ms, cache_scope } = wire;
        let (tools, skipped) = read(tools.unwrap_or_default());
        let cache = cache_hint(ttl_ms, cache_scope.as_deref());
        (result_type, ToolPage { page: ListToolsResult::new(tools, next_cursor, cache), skipped })
    }
    if let Ok(wire) = raw.parse::<Wire<Tool>>() {
        return Ok(into_page(wire, |tools| (tools, Vec::new())));
    }
    let wire = raw.parse::<Wire<RawJson>>()?;
    Ok(into_page(wire, |raw| {
        let mut skipped = Vec::new();
        let tools = raw.iter().filter_map(|tool| tool.parse().map_err(|error| skipped.push(error)).ok()).collect();
        (tools, skipped)
    }))
}

/// What is absent, negative or not finite allows no reuse (2026-07-28, server/utilities/caching, "Time-to-Live (TTL)
/// Field").
fn cache_hint(ttl_ms: Option<f64>, scope: Option<&str>) -> CacheHint {
    let seconds = ttl_ms.unwrap_or_default() / 1000.0;
    CacheHint {
        ttl: Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default(),
        scope: if scope == Some("public") { CacheScope::Public } else { CacheScope::Private },
    }
}

/// Reads `tools/call`, and the kind that the result says it is.
pub(super) fn read_call_tool(raw: &RawJson) -> Result<(Option<String>, CallToolResult), JsonError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        result_type: Option<String>,
        #[serde(default)]
        content: Vec<crate::model::Content>,
        #[serde(default, deserialize_with = "present")]
        structured_content: Option<RawJson>,
        is_error: Option<bool>,
        #[serde(rename = "_meta")]
        meta: Option<Box<Meta>>,
    }
    let Wire { result_type, content, structured_content, is_error, meta } = raw.parse()?;
    Ok((result_type, CallToolResult { content, structured_content, is_error: is_error.unwrap_or_default(), meta }))
}

/// The member `key` of `params`, decoded, or nothing if it is missing or malformed.
pub(super) fn lenient<T: serde::de::DeserializeOwned>(params: &Params, key: &str) -> Option<T> {
    params.get(key)?.parse().ok()
}
