//! `initialize`: two peers agree on a revision.

use crate::{
    call::Caller,
    era::{Era, shared::ObjectWriter},
    error::Error,
    json::Text,
    jsonrpc::Params,
    model::{ClientCapabilities, Implementation, ServerCapabilities},
    version::ProtocolVersion,
};

/// What a client says in `initialize` (2025-11-25, basic/lifecycle, "Initialization"). Holds nothing of the request's
/// frame.
#[derive(Debug)]
pub struct Handshake {
    /// The revision it would like.
    pub requested: Text,
    capabilities: ClientCapabilities,
    client: Option<Implementation>,
}

impl Handshake {
    /// Reads the parameters of `initialize`, which may be `max` bytes long together: a session keeps what they say for
    /// as long as it lives.
    ///
    /// # Errors
    ///
    /// `InvalidParams` if they are longer, if the version is missing or if a member has the wrong type.
    pub fn read(params: &Params, max: usize) -> Result<Self, Error> {
        let said = ["protocolVersion", "capabilities", "clientInfo"].map(|key| params.get(key));
        let bytes: usize = said.iter().flatten().map(|value| value.as_str().len()).sum();
        if bytes > max {
            return Err(Error::invalid_params(format!(
                "the handshake is too large: version, capabilities and client information may take {max} bytes, and \
                 take {bytes}"
            )));
        }
        let [requested, capabilities, client] = said;
        let requested = requested
            .and_then(|version| version.to_text())
            .ok_or_else(|| Error::invalid_params("`params.protocolVersion` must be a string such as \"2025-11-25\""))?;
        let capabilities = match capabilities {
            None => ClientCapabilities::default(),
            Some(value) => {
                value.parse().map_err(|error| Error::invalid_params(format!("`params.capabilities`: {error}")))?
            }
        };
        if client.as_ref().is_some_and(|client| !client.is_object()) {
            return Err(Error::invalid_params("`params.clientInfo` must be an object with a name and a version"));
        }
        let mut client: Option<Implementation> = client.and_then(|client| client.parse().ok());
        // Of very many very small icons more is kept than was said. They are for display, and may be missing.
        if let Some(client) = &mut client
            && client.kept_bytes() > max
        {
            client.icons = None;
        }
        Ok(Self { requested: Text::from(requested.as_str()), capabilities, client })
    }

    /// The caller of the session that the handshake opens.
    pub fn into_caller(self, version: ProtocolVersion) -> Caller {
        Caller::new(version, self.capabilities).with_known_client(self.client)
    }
}

/// The revision to answer `initialize` with: the one requested if it is served, else the newest of this era
/// (2025-11-25, basic/lifecycle, "Version Negotiation"). `None` if none of this era is served.
pub fn negotiate(requested: &str, served: &[ProtocolVersion]) -> Option<ProtocolVersion> {
    let requested = requested.parse().ok();
    Era::Legacy.select(served).find(|version| Some(*version) == requested).or_else(|| Era::Legacy.select(served).max())
}

/// Writes the answer to `initialize` (2025-11-25, basic/lifecycle, "Initialization"), with the members that the
/// revision has.
pub fn write_initialize_result(
    out: &mut Vec<u8>,
    version: ProtocolVersion,
    server: &Implementation,
    capabilities: &ServerCapabilities,
    instructions: Option<&str>,
) {
    let mut object = ObjectWriter::open(out);
    object.value("protocolVersion", version.as_str());
    write_capabilities(&mut object, version, capabilities);
    write_implementation(&mut object, "serverInfo", version, server);
    object.optional("instructions", instructions.as_ref());
    object.close();
}

fn write_capabilities(object: &mut ObjectWriter<'_>, version: ProtocolVersion, capabilities: &ServerCapabilities) {
    let ServerCapabilities { tools, prompts, resources, completions, logging, extensions, experimental } = capabilities;
    let mut member = ObjectWriter::open(object.key("capabilities"));
    member.optional("tools", tools.as_ref());
    member.optional("prompts", prompts.as_ref());
    member.optional("resources", resources.as_ref());
    if version >= ProtocolVersion::V2025_03_26 {
        member.optional("completions", completions.as_ref());
    }
    member.optional("logging", logging.as_ref());
    member.optional("extensions", Some(extensions).filter(|map| !map.is_empty()));
    member.optional("experimental", Some(experimental).filter(|map| !map.is_empty()));
    member.close();
}

pub(super) fn write_implementation(
    object: &mut ObjectWriter<'_>,
    key: &str,
    version: ProtocolVersion,
    implementation: &Implementation,
) {
    let Implementation { name, title, version: release, description, icons, website_url } = implementation;
    let mut member = ObjectWriter::open(object.key(key));
    member.value("name", name);
    member.value("version", release);
    if version >= ProtocolVersion::V2025_06_18 {
        member.optional("title", title.as_ref());
    }
    if version >= ProtocolVersion::V2025_11_25 {
        member.optional("description", description.as_ref());
        member.optional("icons", icons.as_ref());
        member.optional("websiteUrl", website_url.as_ref());
    }
    member.close();
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        error::ErrorKind,
        jsonrpc::{Limits, Message, decode},
    };

    fn read(params: &str, max: usize) -> Result<Handshake, Error> {
        let frame = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{params}}}"#);
        let Ok(Message::Request(request)) = decode(&Bytes::from(frame), &Limits::default()) else { panic!("{params}") };
        Handshake::read(&request.params, max)
    }

    #[test]
    fn a_handshake_says_no_more_than_it_may() {
        let params = r#"{"protocolVersion":"2025-11-25","capabilities":{"experimental":{"x":[[[]]]}},"clientInfo":{"name":"a","version":"1"},"x":"0123456789"}"#;
        let bytes = params.len() - r#"{"protocolVersion":,"capabilities":,"clientInfo":,"x":"0123456789"}"#.len();
        let caller = read(params, bytes).unwrap().into_caller(ProtocolVersion::V2025_11_25);
        assert_eq!(caller.client().unwrap().name, "a");
        assert_eq!(caller.capabilities().experimental.get("x").unwrap().as_str(), "[[[]]]");
        let error = read(params, bytes - 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParams);
        assert!(error.message().contains(&format!("may take {} bytes, and take {bytes}", bytes - 1)), "{error}");
    }

    #[test]
    fn what_is_kept_of_a_handshake_is_bounded_by_what_it_may_say() {
        const MAX: usize = 16 << 10;
        let icons = vec![r#"{"src":""}"#; 1000].join(",");
        let experimental = "[".repeat(20) + &vec!["{}"; 500].join(",") + &"]".repeat(20);
        let params = format!(
            r#"{{"protocolVersion":"2025-11-25","capabilities":{{"experimental":{{"x":{experimental}}}}},"clientInfo":{{"name":"a","version":"1","icons":[{icons}]}}}}"#
        );
        let caller = read(&params, MAX).unwrap().into_caller(ProtocolVersion::V2025_11_25);
        assert!(caller.kept_bytes() >= experimental.len());
        assert!(caller.kept_bytes() <= MAX + 1024, "{}", caller.kept_bytes());
        assert_eq!(caller.client().unwrap().name, "a");
    }
}
