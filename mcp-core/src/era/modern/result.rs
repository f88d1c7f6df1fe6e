//! Answers as this era writes them.

use serde::Serialize;

use super::keys;
use crate::{
    call::Outcome,
    era::{codes, shared::ObjectWriter},
    error::{Error, ErrorKind},
    json::{RawJson, RawObject},
    jsonrpc::{RequestId, encode},
    model::{
        CacheHint, CallToolResult, GetPromptResult, Implementation, ListPromptsResult, ListResourceTemplatesResult,
        ListResourcesResult, ListToolsResult, Meta, ReadResourceResult, Rendered, ServerCapabilities, ServerResult,
    },
    version::ProtocolVersion,
};

/// The server's identity, rendered once for each revision, that every result carries (2026-07-28, basic, "`_meta`").
#[derive(Debug)]
pub struct Stamp {
    /// With its name and version only; `None` if the server does not want to be named.
    named: Option<Rendered<Implementation>>,
    /// With everything that the server says about itself.
    whole: Option<Rendered<Implementation>>,
}

impl Stamp {
    /// Takes the identity of a server. Every result names it with its version; what else it says about itself, such as
    /// icons, stands in the answer to `server/discover` only.
    pub fn new(server: &Implementation) -> Self {
        let mut named = Implementation::new(&server.name, &server.version);
        named.title.clone_from(&server.title);
        Self { named: Some(Rendered::new(named)), whole: Some(Rendered::new(server.clone())) }
    }

    /// A stamp for servers that are not to be named.
    pub fn anonymous() -> Self {
        Self { named: None, whole: None }
    }

    fn write_meta(&self, result: &mut ObjectWriter<'_>, version: ProtocolVersion, own: Option<&Meta>) {
        if self.named.is_none() && own.is_none() {
            return;
        }
        Self::write(self.named.as_ref(), result, version, |meta| {
            for (key, value) in own.into_iter().flatten().filter(|(key, _)| *key != keys::SERVER_INFO) {
                meta.value(key, value);
            }
        });
    }

    fn write(
        server: Option<&Rendered<Implementation>>,
        result: &mut ObjectWriter<'_>,
        version: ProtocolVersion,
        own: impl FnOnce(&mut ObjectWriter<'_>),
    ) {
        let mut meta = match server {
            Some(server) => ObjectWriter::go_on(result.begun(server.bytes(version, |server, out| {
                out.extend_from_slice(br#""_meta":"#);
                ObjectWriter::open(out).value(keys::SERVER_INFO, server);
            }))),
            None => ObjectWriter::open(result.key("_meta")),
        };
        own(&mut meta);
        meta.close();
    }
}

/// Writes the whole answer to a call: a response or an error.
pub fn write_answer(
    out: &mut Vec<u8>,
    id: &RequestId,
    answer: &Result<Outcome, Error>,
    version: ProtocolVersion,
    stamp: &Stamp,
) {
    match answer {
        Ok(Outcome::Complete(result)) => encode::response(out, id, |out| write_result(out, result, version, stamp)),
        Ok(Outcome::InputRequired(asked)) => {
            let questions = asked.requests.iter().map(|asked| (asked.key.as_str(), asked.method, &asked.params));
            let state = asked.state.as_deref();
            encode::response(out, id, |out| write_input_required(out, questions, state, version, stamp));
        }
        Err(error) if error.kind() == ErrorKind::InvalidArguments => {
            // The model reads what was wrong and tries again (2026-07-28, server/tools, "Error Handling").
            let result = ServerResult::CallTool(CallToolResult::error(error.message()));
            encode::response(out, id, |out| write_result(out, &result, version, stamp));
        }
        Err(error) => write_error(out, Some(id), error, version),
    }
}

/// Writes an error response.
pub fn write_error(out: &mut Vec<u8>, id: Option<&RequestId>, error: &Error, version: ProtocolVersion) {
    encode::error(out, id, codes::of(error.kind(), version), error.message(), error.data());
}

/// Writes the result object of a call for a peer that speaks `version`.
pub fn write_result(out: &mut Vec<u8>, result: &ServerResult, version: ProtocolVersion, stamp: &Stamp) {
    let mut object = open(out, version);
    match result {
        ServerResult::CallTool(result) => write_tool_result(&mut object, result, version, stamp),
        other => write_other(&mut object, other, version, stamp),
    }
    object.close();
}

fn write_tool_result(object: &mut ObjectWriter<'_>, result: &CallToolResult, version: ProtocolVersion, stamp: &Stamp) {
    let CallToolResult { content, structured_content, is_error, meta } = result;
    object.content(content);
    if let Some(structured) = structured_content {
        object.raw("structuredContent", structured);
    }
    if *is_error {
        object.value("isError", &true);
    }
    stamp.write_meta(object, version, meta.as_deref());
}

/// As [`write_result`], for all but the results of tools: out of their way.
#[inline(never)]
fn write_other(object: &mut ObjectWriter<'_>, result: &ServerResult, version: ProtocolVersion, stamp: &Stamp) {
    match result {
        ServerResult::CallTool(result) => write_tool_result(object, result, version, stamp),
        ServerResult::ListTools(page) => {
            object.raw_members(page.bytes(version, |page, out| {
                let ListToolsResult { tools, next_cursor, cache } = page;
                render_page(out, "tools", tools, next_cursor.as_ref(), *cache, version);
            }));
            stamp.write_meta(object, version, None);
        }
        ServerResult::ListPrompts(page) => {
            object.raw_members(page.bytes(version, |page, out| {
                let ListPromptsResult { prompts, next_cursor, cache } = page;
                render_page(out, "prompts", prompts, next_cursor.as_ref(), *cache, version);
            }));
            stamp.write_meta(object, version, None);
        }
        ServerResult::ListResources(page) => {
            object.raw_members(page.bytes(version, |page, out| {
                let ListResourcesResult { resources, next_cursor, cache } = page;
                render_page(out, "resources", resources, next_cursor.as_ref(), *cache, version);
            }));
            stamp.write_meta(object, version, None);
        }
        ServerResult::ListResourceTemplates(page) => {
            object.raw_members(page.bytes(version, |page, out| {
                let ListResourceTemplatesResult { resource_templates, next_cursor, cache } = page;
                render_page(out, "resourceTemplates", resource_templates, next_cursor.as_ref(), *cache, version);
            }));
            stamp.write_meta(object, version, None);
        }
        ServerResult::GetPrompt(GetPromptResult { description, messages, meta }) => {
            object.optional("description", description.as_ref());
            object.value("messages", messages);
            stamp.write_meta(object, version, meta.as_deref());
        }
        ServerResult::ReadResource(ReadResourceResult { contents, cache, meta }) => {
            object.value("contents", contents);
            write_cache_hint(object, cache.unwrap_or_default(), version);
            stamp.write_meta(object, version, meta.as_deref());
        }
        ServerResult::Complete(completion) => {
            object.value("completion", completion);
            stamp.write_meta(object, version, None);
        }
        ServerResult::Custom(result) => write_custom(object, result, version, stamp),
    }
}

/// Writes the members of an extension's result. Its kind is this era's to say (2026-07-28, basic, "ResultType"), its
/// `_meta` is merged.
fn write_custom(object: &mut ObjectWriter<'_>, result: &RawJson, version: ProtocolVersion, stamp: &Stamp) {
    let json = result.as_str();
    if !["\"_meta\"", "\"resultType\"", "\\u"].iter().any(|reserved| json.contains(reserved)) {
        object.raw_members(result.object_members().as_bytes());
        return stamp.write_meta(object, version, None);
    }
    let mut own = None;
    for (key, value) in RawObject::from_raw(result.clone()).unwrap_or_default().members() {
        match key.as_str() {
            "resultType" => {}
            "_meta" => own = value.parse::<Meta>().ok(),
            _ => object.raw(&key, &value),
        }
    }
    stamp.write_meta(object, version, own.as_ref());
}

/// Renders the members of a list's page. They are spliced into the result object of everybody who asks.
fn render_page<T: Serialize>(
    out: &mut Vec<u8>,
    key: &str,
    items: &[T],
    next_cursor: Option<&String>,
    cache: CacheHint,
    version: ProtocolVersion,
) {
    let mut object = ObjectWriter::open(out);
    object.value(key, items);
    object.optional("nextCursor", next_cursor);
    write_cache_hint(&mut object, cache, version);
    object.close();
    without_braces(out);
}

/// Leaves of the one object that was written its members.
fn without_braces(out: &mut Vec<u8>) {
    out.pop();
    out.remove(0);
}

/// Writes the answer to `server/discover` (2026-07-28, server/discover, "Response").
pub fn write_discover(
    out: &mut Vec<u8>,
    version: ProtocolVersion,
    versions: &[ProtocolVersion],
    capabilities: &ServerCapabilities,
    instructions: Option<&str>,
    cache: CacheHint,
    stamp: &Stamp,
) {
    let mut object = open(out, version);
    let versions: Vec<&str> = versions.iter().map(|version| version.as_str()).collect();
    object.value("supportedVersions", &versions);
    object.value("capabilities", capabilities);
    object.optional("instructions", instructions.as_ref());
    write_cache_hint(&mut object, cache, version);
    if stamp.whole.is_some() {
        Stamp::write(stamp.whole.as_ref(), &mut object, version, |_| ());
    }
    object.close();
}

/// Writes the result that ends a listen stream gracefully (2026-07-28, basic/patterns/subscriptions, "Graceful
/// Closure").
pub fn write_listen_end(out: &mut Vec<u8>, subscription: &RequestId, version: ProtocolVersion, stamp: &Stamp) {
    let mut object = open(out, version);
    Stamp::write(stamp.named.as_ref(), &mut object, version, |meta| {
        subscription.write(meta.key(keys::SUBSCRIPTION_ID));
    });
    object.close();
}

/// Writes the result that asks the client before the call can go on: each question with the key that its answer is to
/// have, its method and its parameters, and what the client is to bring back with the answers (2026-07-28,
/// basic/patterns/mrtr, "InputRequiredResult"). Keys differ, and there is a question or a state.
pub fn write_input_required<'a>(
    out: &mut Vec<u8>,
    questions: impl IntoIterator<Item = (&'a str, &'a str, &'a RawJson)>,
    state: Option<&str>,
    version: ProtocolVersion,
    stamp: &Stamp,
) {
    let mut object = open_as(out, br#""resultType":"input_required""#, version);
    let mut questions = questions.into_iter().peekable();
    if questions.peek().is_some() {
        let mut requests = ObjectWriter::open(object.key("inputRequests"));
        for (key, method, params) in questions {
            let mut request = ObjectWriter::open(requests.key(key));
            request.value("method", method);
            request.raw("params", params);
            request.close();
        }
        requests.close();
    }
    object.optional("requestState", state.as_ref());
    stamp.write_meta(&mut object, version, None);
    object.close();
}

/// Opens the object of a result that is the whole answer.
fn open(out: &mut Vec<u8>, version: ProtocolVersion) -> ObjectWriter<'_> {
    open_as(out, br#""resultType":"complete""#, version)
}

/// Opens a result object; each says what kind it is (2026-07-28, basic, "ResultType").
fn open_as<'a>(out: &'a mut Vec<u8>, kind: &[u8], _: ProtocolVersion) -> ObjectWriter<'a> {
    let mut object = ObjectWriter::open(out);
    object.raw_members(kind);
    object
}

/// A whole number that every reader of JSON can hold (2026-07-28, server/utilities/caching, "Cacheable Results").
fn write_cache_hint(object: &mut ObjectWriter<'_>, hint: CacheHint, _: ProtocolVersion) {
    const LARGEST: u64 = (1 << 53) - 1;
    let CacheHint { ttl, scope } = hint;
    object.value("ttlMs", &u64::try_from(ttl.as_millis()).map_or(LARGEST, |ttl| ttl.min(LARGEST)));
    object.value("cacheScope", &scope);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::Rendered;

    /// What was rendered for one revision is not sent to another, of the list and of the server's name.
    #[test]
    fn each_revision_has_a_rendering_of_its_own() {
        const ONE: ProtocolVersion = ProtocolVersion::V2026_07_28;
        const OTHER: ProtocolVersion = ProtocolVersion::V2025_11_25;
        let page = Arc::new(Rendered::new(ListToolsResult::default()));
        let stamp = Stamp::new(&Implementation::new("a", "1"));
        let result = ServerResult::ListTools(page.clone());
        let written = |version| {
            let mut out = Vec::new();
            write_result(&mut out, &result, version, &stamp);
            String::from_utf8(out).unwrap()
        };
        let before = written(ONE);
        page.bytes(OTHER, |_, out| out.extend_from_slice(br#""tools":"of another""#));
        stamp
            .named
            .as_ref()
            .unwrap()
            .bytes(OTHER, |_, out| out.extend_from_slice(br#""_meta":{"server":"by another name""#));
        assert_eq!(written(ONE), before);
        assert!(before.contains(r#""tools":[]"#) && before.contains(r#"serverInfo":{"name":"a""#), "{before}");
        let other = written(OTHER);
        assert!(other.contains(r#""tools":"of another""#) && other.contains("by another name"), "{other}");
    }

    #[test]
    fn questions_keep_their_order_and_stand_beside_the_state() {
        let write = |questions: &[(&str, &str, &RawJson)], state| {
            let mut out = Vec::new();
            let stamp = Stamp::new(&Implementation::new("a", "1"));
            write_input_required(&mut out, questions.iter().copied(), state, ProtocolVersion::V2026_07_28, &stamp);
            String::from_utf8(out).unwrap()
        };
        let meta = r#""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"a","version":"1"}}"#;
        let form = RawJson::from_value(&serde_json::json!({"message": "m"})).unwrap();
        let questions = [("z\"", "elicitation/create", &form), ("a", "roots/list", &RawJson::EMPTY_OBJECT)];
        assert_eq!(
            write(&questions, Some("s\n")),
            format!(
                r#"{{"resultType":"input_required","inputRequests":{{"z\"":{{"method":"elicitation/create","params":{{"message":"m"}}}},"a":{{"method":"roots/list","params":{{}}}}}},"requestState":"s\n",{meta}}}"#
            )
        );
        assert_eq!(write(&[], Some("s")), format!(r#"{{"resultType":"input_required","requestState":"s",{meta}}}"#));
        assert!(!write(&questions, None).contains("requestState"));
    }
}
