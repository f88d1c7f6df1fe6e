//! What a client writes and reads alike in both eras.

use bytes::Bytes;
use serde_json::json;

use super::{
    Era, Method, codes,
    modern::keys,
    shared::{ObjectWriter, written},
};
use crate::{
    error::shown,
    json::{RawJson, RawObject, Text, elements, tolerant},
    jsonrpc::{self, Notification, Params, RequestId, encode},
    model::{CompleteParams, CompletionReference, LogLevel, Progress, ProgressToken, Request, ServerNotification},
};

/// What a request says in `_meta` beside what the client says in all of them.
#[derive(Debug, Clone, Default)]
pub struct RequestMeta {
    /// Whether progress is wanted. Then the id of the request is also its progress token, unique as that is (2026-07-28,
    /// basic/patterns/progress, "Progress Flow").
    pub progress: bool,
    /// From which level on the client wants log messages, in revisions where each request says so (2026-07-28,
    /// server/utilities/logging, "Per-request log level").
    pub log_level: Option<LogLevel>,
    /// Members of the caller's own, of which none may be one of the protocol's.
    pub members: RawObject,
}

impl RequestMeta {
    pub(super) fn write_members(&self, meta: &mut ObjectWriter<'_>, id: &RequestId) {
        meta.raw_members(self.members.as_raw().object_members().as_bytes());
        if self.progress {
            id.write(meta.key("progressToken"));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.progress && self.members.is_empty()
    }
}

impl Era {
    /// Asks whether the server is there: where there is no request for that alone, by the lightest that every server
    /// answers (2025-11-25, basic/utilities/ping; 2026-07-28, server/discover).
    pub fn ping(self) -> Request {
        let method = match self {
            Self::Legacy => Method::Ping,
            Self::Modern => Method::Discover,
        };
        Request::Custom { method: Text::from_static(method.name()), params: RawJson::EMPTY_OBJECT }
    }

    /// Sets from which level on the server sends log messages; `None` where each request says so itself (2025-11-25,
    /// server/utilities/logging, "Setting Log Level").
    pub fn set_log_level(self, level: LogLevel) -> Option<Request> {
        (self == Self::Legacy).then(|| Request::Custom {
            method: Text::from_static(Method::SetLevel.name()),
            params: written(|params| params.value("level", &level)),
        })
    }
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
        Method::Message => {
            let raw = params.raw()?;
            ServerNotification::Message(raw.parse().or_else(|_| tolerant(&raw, &mut Vec::new())).ok()?)
        }
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

/// The parameters of a request as every revision writes them, without what only some add.
pub fn request_params(request: &Request) -> RawJson {
    written(|params| write_request_members(params, request))
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

/// The member `key` of `params`, decoded, or nothing if it is missing or malformed.
pub(super) fn lenient<T: serde::de::DeserializeOwned>(params: &Params, key: &str) -> Option<T> {
    params.get(key)?.parse().ok()
}
