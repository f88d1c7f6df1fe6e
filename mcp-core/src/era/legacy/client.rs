//! What a client writes and reads in this era.

use serde::Deserialize;

use super::handshake::write_implementation;
use crate::{
    era::{
        Method, client as both,
        client::RequestMeta,
        results::{Answer, Reading},
        shared::ObjectWriter,
    },
    json::{JsonError, RawJson, tolerant},
    jsonrpc::{RequestId, encode},
    model::{ClientCapabilities, Implementation, LogLevel, Request, ServerCapabilities},
    version::ProtocolVersion,
};

/// Writes `initialize` (2025-11-25, basic/lifecycle, "Initialization", "Version Negotiation").
pub fn write_initialize(
    out: &mut Vec<u8>,
    id: &RequestId,
    version: ProtocolVersion,
    client: &Implementation,
    capabilities: &ClientCapabilities,
) {
    encode::request(
        out,
        id,
        Method::Initialize.name(),
        Some(|out: &mut Vec<u8>| {
            let mut params = ObjectWriter::open(out);
            params.value("protocolVersion", version.as_str());
            write_capabilities(&mut params, version, capabilities);
            write_implementation(&mut params, "clientInfo", version, client);
            params.close();
        }),
    );
}

fn write_capabilities(object: &mut ObjectWriter<'_>, version: ProtocolVersion, capabilities: &ClientCapabilities) {
    let ClientCapabilities { roots, sampling, elicitation, extensions, experimental } = capabilities;
    let mut member = ObjectWriter::open(object.key("capabilities"));
    member.optional("roots", roots.as_ref());
    member.optional("sampling", sampling.as_ref());
    if version >= ProtocolVersion::V2025_06_18 {
        member.optional("elicitation", elicitation.as_ref());
    }
    member.optional("extensions", Some(extensions).filter(|map| !map.is_empty()));
    member.optional("experimental", Some(experimental).filter(|map| !map.is_empty()));
    member.close();
}

/// Writes `notifications/initialized` (2025-11-25, basic/lifecycle, "Initialization").
pub fn write_initialized(out: &mut Vec<u8>) {
    encode::notification(out, Method::Initialized.name(), None::<fn(&mut Vec<u8>)>);
}

/// Writes a request. The level of log messages is the session's in this era, and no request says it.
pub fn write_call(out: &mut Vec<u8>, id: &RequestId, request: &Request, meta: &RequestMeta) {
    encode::request(
        out,
        id,
        request.method(),
        Some(|out: &mut Vec<u8>| {
            let mut params = ObjectWriter::open(out);
            both::write_request_members(&mut params, request);
            if !meta.is_empty() {
                let mut object = ObjectWriter::open(params.key("_meta"));
                meta.write_members(&mut object, id);
                object.close();
            }
            params.close();
        }),
    );
}

/// Writes `resources/subscribe`, or its opposite.
pub fn write_subscribe(out: &mut Vec<u8>, id: &RequestId, uri: &str, subscribe: bool) {
    let method = if subscribe { Method::Subscribe } else { Method::Unsubscribe };
    encode::request(
        out,
        id,
        method.name(),
        Some(|out: &mut Vec<u8>| {
            let mut params = ObjectWriter::open(out);
            params.value("uri", uri);
            params.close();
        }),
    );
}

/// Writes `logging/setLevel` (2025-11-25, server/utilities/logging, "Setting Log Level").
pub fn write_set_level(out: &mut Vec<u8>, id: &RequestId, level: LogLevel) {
    encode::request(
        out,
        id,
        Method::SetLevel.name(),
        Some(|out: &mut Vec<u8>| {
            let mut params = ObjectWriter::open(out);
            params.value("level", &level);
            params.close();
        }),
    );
}

/// The answer to `initialize` (2025-11-25, basic/lifecycle, "Initialization").
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Initialized {
    /// The version that the server chose, as it spells it.
    #[serde(rename = "protocolVersion")]
    pub version: String,
    /// What it offers.
    #[serde(default)]
    pub capabilities: ServerCapabilities,
    /// Who it says it is.
    #[serde(rename = "serverInfo")]
    pub server: Option<Implementation>,
    /// How to use it, since 2024-11-05.
    pub instructions: Option<String>,
}

impl Answer for Initialized {
    /// Without a version it is no such answer.
    fn read(raw: &RawJson) -> Result<(Option<String>, Reading<Self>), JsonError> {
        let mut lost = Vec::new();
        let value = raw.parse().or_else(|_| tolerant(raw, &mut lost))?;
        Ok((None, Reading { value, lost }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members that a revision does not have are left out (2025-11-25, basic/lifecycle, "Initialization").
    #[test]
    fn the_handshake_is_stepped_down_to_its_revision() {
        let mut client = Implementation::new("a", "1");
        client.title = Some("A".into());
        client.website_url = Some("https://a".into());
        let written = |version| {
            let mut out = Vec::new();
            write_initialize(&mut out, &RequestId::Number(1), version, &client, &ClientCapabilities::default());
            String::from_utf8(out).unwrap()
        };
        let frame = |version: &str, more: &str| {
            format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{"protocolVersion":"{version}","capabilities":{{}},"clientInfo":{{"name":"a","version":"1"{more}}}}}}}"#
            )
        };
        assert_eq!(written(ProtocolVersion::V2024_11_05), frame("2024-11-05", ""));
        assert_eq!(written(ProtocolVersion::V2025_06_18), frame("2025-06-18", r#","title":"A""#));
        let all = r#","title":"A","websiteUrl":"https://a""#;
        assert_eq!(written(ProtocolVersion::V2025_11_25), frame("2025-11-25", all));
    }
}
