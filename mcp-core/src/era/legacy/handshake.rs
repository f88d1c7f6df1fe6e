//! `initialize`: two peers agree on a revision.

use crate::{
    call::Caller,
    era::{Era, shared::ObjectWriter},
    error::Error,
    json::{RawJson, Text},
    jsonrpc::Params,
    model::{ClientCapabilities, Implementation, ServerCapabilities},
    version::ProtocolVersion,
};

/// What a client says in `initialize` (LIFE-001).
#[derive(Debug)]
pub struct Handshake {
    /// The revision it would like.
    pub requested: Text,
    capabilities: ClientCapabilities,
    client: Option<RawJson>,
}

impl Handshake {
    /// Reads the parameters of `initialize`.
    ///
    /// # Errors
    ///
    /// `InvalidParams` if the version is missing or a member has the wrong type.
    pub fn read(params: &Params) -> Result<Self, Error> {
        let requested = params
            .text("protocolVersion")
            .ok_or_else(|| Error::invalid_params("`params.protocolVersion` must be a string such as \"2025-11-25\""))?;
        let capabilities = match params.get("capabilities") {
            None => ClientCapabilities::default(),
            Some(value) => {
                value.parse().map_err(|error| Error::invalid_params(format!("`params.capabilities`: {error}")))?
            }
        };
        let client = params.get("clientInfo");
        if client.as_ref().is_some_and(|client| !client.is_object()) {
            return Err(Error::invalid_params("`params.clientInfo` must be an object with a name and a version"));
        }
        // A session outlives the request: it must not keep the request's frame alive.
        let client = client.and_then(|client| RawJson::from_value(&client).ok());
        Ok(Self { requested, capabilities, client })
    }

    /// The caller of the session that the handshake opens.
    pub fn into_caller(self, version: ProtocolVersion) -> Caller {
        Caller::new(version, self.capabilities).with_client(self.client)
    }
}

/// The revision to answer `initialize` with: the one requested if it is served, else the newest of this era
/// (VER-025). `None` if none of this era is served.
pub fn negotiate(requested: &str, served: &[ProtocolVersion]) -> Option<ProtocolVersion> {
    let requested = requested.parse().ok();
    Era::Legacy.select(served).find(|version| Some(*version) == requested).or_else(|| Era::Legacy.select(served).max())
}

/// Writes the answer to `initialize` (LIFE-002), with the members that the revision has.
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
