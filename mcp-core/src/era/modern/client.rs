//! What a client writes and reads in this era.

use bytes::Bytes;
use serde::Deserialize;

use super::{ListenFilter, keys};
use crate::{
    era::{
        Method, client as both,
        client::{Misread, ToolPage},
        shared::ObjectWriter,
    },
    json::{RawJson, RawObject, write_str},
    jsonrpc::{ErrorObject, Notification, RequestId, encode},
    model::{CallToolResult, ClientCapabilities, Implementation, LogLevel, Request, ServerCapabilities},
    version::ProtocolVersion,
};

/// What every request says about its client, rendered once (2026-07-28, basic, "`_meta`").
#[derive(Debug, Clone)]
pub struct ClientStamp {
    /// The members of `_meta`, without braces.
    members: Bytes,
}

impl ClientStamp {
    /// Renders version, identity and capabilities.
    pub fn new(version: ProtocolVersion, client: &Implementation, capabilities: &ClientCapabilities) -> Self {
        let mut rendered = Vec::new();
        let mut object = ObjectWriter::open(&mut rendered);
        object.value(keys::VERSION, version.as_str());
        object.value(keys::CLIENT_INFO, client);
        object.value(keys::CLIENT_CAPABILITIES, capabilities);
        object.close();
        Self { members: Bytes::copy_from_slice(rendered.get(1..rendered.len() - 1).unwrap_or_default()) }
    }

    /// Adds from which level on the client wants log messages of every request (2026-07-28, server/utilities/logging,
    /// "Per-request log level").
    #[must_use]
    pub fn with_log_level(self, level: LogLevel) -> Self {
        let mut members = self.members.to_vec();
        members.push(b',');
        write_str(&mut members, keys::LOG_LEVEL);
        members.push(b':');
        write_str(&mut members, level.as_str());
        Self { members: members.into() }
    }

    fn write(&self, params: &mut ObjectWriter<'_>, progress_token: Option<&RequestId>) {
        let mut meta = ObjectWriter::open(params.key("_meta"));
        meta.raw_members(&self.members);
        if let Some(token) = progress_token {
            token.write(meta.key("progressToken"));
        }
        meta.close();
    }
}

/// Writes a request. With `progress` its id is also its progress token, unique as that is (2026-07-28,
/// basic/patterns/progress, "Progress Flow").
pub fn write_call(out: &mut Vec<u8>, id: &RequestId, request: &Request, stamp: &ClientStamp, progress: bool) {
    write(out, id, request.method(), stamp, progress, |params| both::write_request_members(params, request));
}

/// Writes `server/discover`.
pub fn write_discover_request(out: &mut Vec<u8>, id: &RequestId, stamp: &ClientStamp) {
    write(out, id, Method::Discover.name(), stamp, false, |_| ());
}

/// Writes `subscriptions/listen` (2026-07-28, basic/patterns/subscriptions, "Notification Filter").
pub fn write_listen_request(out: &mut Vec<u8>, id: &RequestId, filter: &ListenFilter, stamp: &ClientStamp) {
    write(out, id, Method::Listen.name(), stamp, false, |params| params.value("notifications", filter));
}

fn write(
    out: &mut Vec<u8>,
    id: &RequestId,
    method: &str,
    stamp: &ClientStamp,
    progress: bool,
    members: impl FnOnce(&mut ObjectWriter<'_>),
) {
    encode::request(
        out,
        id,
        method,
        Some(|out: &mut Vec<u8>| {
            let mut params = ObjectWriter::open(out);
            members(&mut params);
            stamp.write(&mut params, progress.then_some(id));
            params.close();
        }),
    );
}

/// The answer to `server/discover` (2026-07-28, server/discover, "Response").
#[derive(Debug, Clone)]
pub struct Discovered {
    /// The versions that the server speaks, as it spells them.
    pub versions: Vec<String>,
    /// What it offers.
    pub capabilities: ServerCapabilities,
    /// How to use it.
    pub instructions: Option<String>,
    /// Who it says it is.
    pub server: Option<Implementation>,
}

/// Reads the answer to `server/discover`.
///
/// # Errors
///
/// [`Misread`] if it is no such answer: without a list of versions, or of another kind.
pub fn read_discover(raw: &RawJson) -> Result<Discovered, Misread> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        result_type: Option<String>,
        supported_versions: Vec<String>,
        #[serde(default)]
        capabilities: ServerCapabilities,
        instructions: Option<String>,
        #[serde(default, rename = "_meta")]
        meta: RawObject,
    }
    let Wire { result_type, supported_versions, capabilities, instructions, meta } = raw.parse()?;
    complete(result_type)?;
    let server = meta.get(keys::SERVER_INFO).and_then(|server| server.parse().ok());
    Ok(Discovered { versions: supported_versions, capabilities, instructions, server })
}

/// Reads the answer to `tools/list`.
///
/// # Errors
///
/// [`Misread`] if it is no such answer.
pub fn read_list_tools(raw: &RawJson) -> Result<ToolPage, Misread> {
    let (kind, page) = both::read_list_tools(raw)?;
    complete(kind)?;
    Ok(page)
}

/// Reads the answer to `tools/call`.
///
/// # Errors
///
/// [`Misread`] if it is no such answer.
pub fn read_call_tool(raw: &RawJson) -> Result<CallToolResult, Misread> {
    let (kind, result) = both::read_call_tool(raw)?;
    complete(kind)?;
    Ok(result)
}

/// Checks the answer to a method of an extension: it is what was asked for (2026-07-28, basic, "ResultType").
///
/// # Errors
///
/// [`Misread`] if it is of another kind, or no object.
pub fn check_custom(raw: &RawJson) -> Result<(), Misread> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        result_type: Option<String>,
    }
    let Wire { result_type } = raw.parse()?;
    complete(result_type)
}

/// Missing means complete, and what was not negotiated is no answer (2026-07-28, basic, "ResultType").
fn complete(kind: Option<String>) -> Result<(), Misread> {
    match kind {
        Some(kind) if kind != "complete" => Err(Misread::Kind(kind)),
        _ => Ok(()),
    }
}

/// Reads what the server agreed to send; `None` if the notification is another one (2026-07-28,
/// basic/patterns/subscriptions, "Acknowledgment").
pub fn read_acknowledged(notification: &Notification) -> Option<ListenFilter> {
    (notification.method == Method::Acknowledged.name())
        .then(|| both::lenient(&notification.params, "notifications").unwrap_or_default())
}

/// The versions that a server names when it refuses one (2026-07-28, basic/versioning, "Protocol Version Negotiation");
/// `None` if the error is another one or names none.
pub fn read_supported(error: &ErrorObject) -> Option<Vec<String>> {
    let versions = RawObject::from_raw(error.data.clone()?)?.get("supported")?;
    let versions: Vec<RawJson> = versions.parse().ok()?;
    Some(versions.iter().filter_map(|version| version.to_text().map(|text| text.to_string())).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::Text;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    /// Held to 2026-07-28, basic, "`_meta`"; 2026-07-28, basic/patterns/progress, "Progress Flow".
    #[test]
    fn every_request_says_who_asks_in_which_version() {
        let client = Implementation::new("a", "1");
        let stamp = ClientStamp::new(ProtocolVersion::V2026_07_28, &client, &ClientCapabilities::default());
        let meta = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"a","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}"#;
        let id = RequestId::Number(3);
        assert_eq!(
            written(|out| write_discover_request(out, &RequestId::from("d"), &stamp)),
            format!(r#"{{"jsonrpc":"2.0","id":"d","method":"server/discover","params":{{"_meta":{{{meta}}}}}}}"#)
        );
        let arguments = RawJson::from_value(&json!({"x": 1})).unwrap();
        let call = Request::CallTool { name: Text::from("t"), arguments };
        assert_eq!(
            written(|out| write_call(out, &id, &call, &stamp, true)),
            format!(
                r#"{{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{{"name":"t","arguments":{{"x":1}},"_meta":{{{meta},"progressToken":3}}}}}}"#
            )
        );
        let list = Request::ListTools { cursor: Some(Text::from("")) };
        assert_eq!(
            written(|out| write_call(out, &id, &list, &stamp, false)),
            format!(r#"{{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{{"cursor":"","_meta":{{{meta}}}}}}}"#)
        );
    }

    /// Held to 2026-07-28, basic, "ResultType"; 2026-07-28, server/utilities/caching, "Time-to-Live (TTL) Field".
    #[test]
    fn results_of_another_kind_are_refused_and_hints_are_read_leniently() {
        let raw = |value: serde_json::Value| RawJson::from_value(&value).unwrap();
        assert!(
            matches!(read_call_tool(&raw(json!({"resultType": "task"}))), Err(Misread::Kind(kind)) if kind == "task")
        );
        assert!(read_call_tool(&raw(json!({"content": []}))).is_ok());
        assert!(matches!(read_discover(&raw(json!({"resultType": "complete"}))), Err(Misread::Shape(_))));
        for (ttl, expected) in [(json!(1500), 1500), (json!(-1), 0), (json!(null), 0), (json!(1e300), 0)] {
            let page = read_list_tools(&raw(json!({"tools": [], "ttlMs": ttl, "cacheScope": "other"}))).unwrap().page;
            assert_eq!(page.cache.ttl.as_millis(), expected);
        }
    }
}
