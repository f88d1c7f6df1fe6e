//! Answers as this era writes them: the newest shape, stepped down to the negotiated revision.

use crate::{
    call::Outcome,
    era::shared::{self, ObjectWriter},
    error::{Error, ErrorKind},
    jsonrpc::{RequestId, encode},
    model::{
        CallToolResult, Content, EmbeddedResource, ListToolsResult, ResourceContents, ResourceLink, ServerResult, Tool,
    },
    version::ProtocolVersion,
};

/// The number of an error kind.
pub fn code(kind: ErrorKind) -> i64 {
    shared::code(kind).unwrap_or(-32002)
}

/// Writes the whole answer to a call: a response or an error.
pub fn write_answer(out: &mut Vec<u8>, id: &RequestId, answer: &Result<Outcome, Error>, version: ProtocolVersion) {
    match answer {
        Ok(Outcome::Complete(result)) => encode::response(out, id, |out| write_result(out, result, version)),
        Err(error) if error.kind() == ErrorKind::InvalidArguments && version >= ProtocolVersion::V2025_11_25 => {
            // TOOL-022: since 2025-11-25 the model reads what was wrong and tries again.
            let result = ServerResult::CallTool(CallToolResult::error(error.message()));
            encode::response(out, id, |out| write_result(out, &result, version));
        }
        Err(error) => write_error(out, Some(id), error),
    }
}

/// Writes an error response.
pub fn write_error(out: &mut Vec<u8>, id: Option<&RequestId>, error: &Error) {
    encode::error(out, id, code(error.kind()), error.message(), error.data());
}

/// Writes the result object of a call for a peer that negotiated `version`.
pub fn write_result(out: &mut Vec<u8>, result: &ServerResult, version: ProtocolVersion) {
    match result {
        ServerResult::CallTool(result) => write_tool_result(out, result, version),
        ServerResult::ListTools(page) => {
            out.extend_from_slice(page.bytes(version, |page, out| write_tools(out, page, version)));
        }
    }
}

fn write_tool_result(out: &mut Vec<u8>, result: &CallToolResult, version: ProtocolVersion) {
    let CallToolResult { content, structured_content, is_error, meta } = result;
    let mut object = ObjectWriter::open(out);
    if content.iter().all(|block| is_known(block, version)) {
        object.value("content", content);
    } else {
        let content: Vec<Content> = content.iter().map(|block| step_down(block, version)).collect();
        object.value("content", &content);
    }
    // TOOL-018: objects only, since 2025-06-18; the text block says the same.
    if let Some(structured) = structured_content
        && version >= ProtocolVersion::V2025_06_18
        && structured.is_object()
    {
        object.key("structuredContent").extend_from_slice(structured.as_bytes());
    }
    if *is_error {
        object.value("isError", &true);
    }
    object.optional("_meta", meta.as_ref());
    object.close();
}

/// Whether a peer of that revision can parse a block (TOOL-012).
fn is_known(block: &Content, version: ProtocolVersion) -> bool {
    match block {
        Content::Text(_) | Content::Image(_) | Content::Resource(_) => true,
        Content::Audio(_) => version >= ProtocolVersion::V2025_03_26,
        Content::ResourceLink(_) => version >= ProtocolVersion::V2025_06_18,
    }
}

/// A block in words that the revision has (TOOL-013).
fn step_down(block: &Content, version: ProtocolVersion) -> Content {
    match block {
        _ if is_known(block, version) => block.clone(),
        Content::Audio(audio) => Content::Resource(EmbeddedResource {
            resource: ResourceContents::Blob {
                uri: "audio://result".into(),
                mime_type: Some(audio.mime_type.clone()),
                blob: audio.data.clone(),
                meta: None,
            },
            annotations: audio.annotations.clone(),
            meta: None,
        }),
        Content::ResourceLink(ResourceLink { uri, name, .. }) => Content::text(format!("{name}: {uri}")),
        Content::Text(_) | Content::Image(_) | Content::Resource(_) => block.clone(),
    }
}

fn write_tools(out: &mut Vec<u8>, page: &ListToolsResult, version: ProtocolVersion) {
    let ListToolsResult { tools, next_cursor, cache: _ } = page;
    let mut object = ObjectWriter::open(out);
    let list = object.key("tools");
    list.push(b'[');
    for (index, tool) in tools.iter().enumerate() {
        if index > 0 {
            list.push(b',');
        }
        write_tool(list, tool, version);
    }
    list.push(b']');
    object.optional("nextCursor", next_cursor.as_ref());
    object.close();
}

/// Writes a tool with the members that the revision has (TOOL-007).
fn write_tool(out: &mut Vec<u8>, tool: &Tool, version: ProtocolVersion) {
    let Tool { name, title, description, input_schema, output_schema, annotations, icons, meta } = tool;
    let mut object = ObjectWriter::open(out);
    object.value("name", name);
    if version >= ProtocolVersion::V2025_06_18 {
        object.optional("title", title.as_ref());
    }
    object.optional("description", description.as_ref());
    object.value("inputSchema", input_schema);
    if version >= ProtocolVersion::V2025_06_18 {
        // TOOL-018: in this era an output schema describes an object.
        object.optional("outputSchema", output_schema.as_ref().filter(|schema| schema.is_object_type()));
    }
    if version >= ProtocolVersion::V2025_03_26 {
        object.optional("annotations", annotations.as_ref());
    }
    if version >= ProtocolVersion::V2025_11_25 {
        object.optional("icons", icons.as_ref());
    }
    if version >= ProtocolVersion::V2025_06_18 {
        object.optional("_meta", meta.as_ref());
    }
    object.close();
}
