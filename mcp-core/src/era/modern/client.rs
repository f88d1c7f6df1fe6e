//! What a client writes and reads in this era.

use bytes::Bytes;
use serde::Deserialize;

use super::{InputGiven, ListenFilter, keys};
use crate::{
    era::{
        Method, client as both,
        client::RequestMeta,
        results::{Answer, Reading},
        shared::ObjectWriter,
    },
    json::{JsonError, RawJson, RawObject, tolerant, write_str},
    jsonrpc::{ErrorObject, Notification, RequestId, encode},
    model::{ClientCapabilities, Implementation, Request, ServerCapabilities},
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

    fn write(&self, params: &mut ObjectWriter<'_>, id: &RequestId, more: &RequestMeta) {
        let mut meta = ObjectWriter::open(params.key("_meta"));
        meta.raw_members(&self.members);
        if let Some(level) = more.log_level {
            write_str(meta.key(keys::LOG_LEVEL), level.as_str());
        }
        more.write_members(&mut meta, id);
        meta.close();
    }
}

/// Writes a request.
pub fn write_call(out: &mut Vec<u8>, id: &RequestId, request: &Request, stamp: &ClientStamp, meta: &RequestMeta) {
    write(out, id, request.method(), stamp, meta, |params| both::write_request_members(params, request));
}

/// Writes a request once more, with what the server wanted to know (2026-07-28, basic/patterns/mrtr, "Client Requirements
/// (Basic Workflow)").
pub fn write_call_again(
    out: &mut Vec<u8>,
    id: &RequestId,
    request: &Request,
    stamp: &ClientStamp,
    meta: &RequestMeta,
    given: &InputGiven,
) {
    write(out, id, request.method(), stamp, meta, |params| {
        both::write_request_members(params, request);
        given.write_members(params);
    });
}

/// Writes `server/discover`.
pub fn write_discover_request(out: &mut Vec<u8>, id: &RequestId, stamp: &ClientStamp) {
    write(out, id, Method::Discover.name(), stamp, &RequestMeta::default(), |_| ());
}

/// Writes `subscriptions/listen` (2026-07-28, basic/patterns/subscriptions, "Notification Filter").
pub fn write_listen_request(out: &mut Vec<u8>, id: &RequestId, filter: &ListenFilter, stamp: &ClientStamp) {
    write(out, id, Method::Listen.name(), stamp, &RequestMeta::default(), |params| {
        params.value("notifications", filter);
    });
}

fn write(
    out: &mut Vec<u8>,
    id: &RequestId,
    method: &str,
    stamp: &ClientStamp,
    meta: &RequestMeta,
    members: impl FnOnce(&mut ObjectWriter<'_>),
) {
    encode::request(
        out,
        id,
        method,
        Some(|out: &mut Vec<u8>| {
            let mut params = ObjectWriter::open(out);
            members(&mut params);
            stamp.write(&mut params, id, meta);
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

impl Answer for Discovered {
    /// Without a list of versions it is no such answer.
    fn read(raw: &RawJson) -> Result<(Option<String>, Reading<Self>), JsonError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            result_type: Option<String>,
            supported_versions: Vec<String>,
            capabilities: Option<ServerCapabilities>,
            instructions: Option<String>,
            #[serde(default, rename = "_meta")]
            meta: RawObject,
        }
        let mut lost = Vec::new();
        let Wire { result_type, supported_versions: versions, capabilities, instructions, meta } =
            raw.parse().or_else(|_| tolerant(raw, &mut lost))?;
        let server = meta.get(keys::SERVER_INFO).and_then(|server| {
            let read = server.parse().or_else(|_| tolerant(&server, &mut lost));
            read.map_err(|error| lost.push(format!("`{}` ({error})", keys::SERVER_INFO))).ok()
        });
        let capabilities = capabilities.unwrap_or_default();
        Ok((result_type, Reading { value: Self { versions, capabilities, instructions, server }, lost }))
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
    use crate::{json::Text, model::LogLevel};

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
        let progress = RequestMeta { progress: true, ..RequestMeta::default() };
        let call = Request::CallTool { name: Text::from("t"), arguments };
        assert_eq!(
            written(|out| write_call(out, &id, &call, &stamp, &progress)),
            format!(
                r#"{{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{{"name":"t","arguments":{{"x":1}},"_meta":{{{meta},"progressToken":3}}}}}}"#
            )
        );
        let list = Request::ListTools { cursor: Some(Text::from("")) };
        assert_eq!(
            written(|out| write_call(out, &id, &list, &stamp, &RequestMeta::default())),
            format!(r#"{{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{{"cursor":"","_meta":{{{meta}}}}}}}"#)
        );
    }

    /// Held to 2026-07-28, server/utilities/logging, "Per-request log level"; 2026-07-28, basic, "`_meta`".
    #[test]
    fn members_of_the_callers_own_stand_beside_those_of_the_protocol() {
        let client = Implementation::new("a", "1");
        let stamp = ClientStamp::new(ProtocolVersion::V2026_07_28, &client, &ClientCapabilities::default());
        let members = RawObject::from_value(&json!({"com.example/trace": [1]})).unwrap().unwrap();
        let meta = RequestMeta { progress: true, log_level: Some(LogLevel::Error), members };
        let list = Request::ListTools { cursor: None };
        let text = written(|out| write_call(out, &RequestId::Number(3), &list, &stamp, &meta));
        let end = r#","io.modelcontextprotocol/logLevel":"error","com.example/trace":[1],"progressToken":3}}}"#;
        assert!(text.ends_with(end), "{text}");
    }
}
