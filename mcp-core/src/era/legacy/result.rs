//! Answers as this era writes them: the newest shape, stepped down to the negotiated revision.

use super::{
    content::{contents as known_contents, step_down, step_down_all},
    lists::{write_page, write_prompt, write_resource, write_template, write_tool},
};
use crate::{
    call::Outcome,
    era::{
        codes,
        request::tells_model,
        shared::{ObjectWriter, splice},
    },
    error::{Error, ErrorKind},
    jsonrpc::{RequestId, encode},
    model::{
        CallToolResult, GetPromptResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
        ListToolsResult, PromptMessage, ReadResourceResult, ServerResult,
    },
    version::ProtocolVersion,
};

/// Writes the whole answer to a call: a response or an error.
pub fn write_answer(out: &mut Vec<u8>, id: &RequestId, answer: &Result<Outcome, Error>, version: ProtocolVersion) {
    match answer {
        Ok(Outcome::Complete(result)) => encode::response(out, id, |out| write_result(out, result, version)),
        // In this era a handler waits for its answers; only a layer can have made such an outcome.
        Ok(Outcome::InputRequired(_)) => {
            write_error(out, Some(id), &Error::internal("this client cannot be asked by an answer"), version);
        }
        Err(error) if error.kind() == ErrorKind::InvalidArguments && tells_model(version) => {
            // Since 2025-11-25 the model reads what was wrong and tries again (2026-07-28, server/tools, "Error
            // Handling").
            let result = ServerResult::CallTool(CallToolResult::error(error.message()));
            encode::response(out, id, |out| write_result(out, &result, version));
        }
        Err(error) => write_error(out, Some(id), error, version),
    }
}

/// Writes an error response.
pub fn write_error(out: &mut Vec<u8>, id: Option<&RequestId>, error: &Error, version: ProtocolVersion) {
    encode::error(out, id, codes::of(error.kind(), version), error.message(), error.data());
}

/// Writes the result object of a call for a peer that negotiated `version`.
pub fn write_result(out: &mut Vec<u8>, result: &ServerResult, version: ProtocolVersion) {
    match result {
        ServerResult::CallTool(result) => write_tool_result(out, result, version),
        other => write_other(out, other, version),
    }
}

/// As [`write_result`], for all but the results of tools: out of their way.
#[inline(never)]
fn write_other(out: &mut Vec<u8>, result: &ServerResult, version: ProtocolVersion) {
    match result {
        ServerResult::CallTool(result) => write_tool_result(out, result, version),
        ServerResult::ListTools(page) => {
            let rendered = page.bytes(version, |page, out| {
                let ListToolsResult { tools, next_cursor, cache: _ } = page;
                write_page(out, "tools", tools, next_cursor.as_ref(), |out, tool| write_tool(out, tool, version));
            });
            splice(out, rendered);
        }
        ServerResult::ListPrompts(page) => {
            let rendered = page.bytes(version, |page, out| {
                let ListPromptsResult { prompts, next_cursor, cache: _ } = page;
                let write = |out: &mut Vec<u8>, prompt: &_| write_prompt(out, prompt, version);
                write_page(out, "prompts", prompts, next_cursor.as_ref(), write);
            });
            splice(out, rendered);
        }
        ServerResult::ListResources(page) => {
            let rendered = page.bytes(version, |page, out| {
                let ListResourcesResult { resources, next_cursor, cache: _ } = page;
                let write = |out: &mut Vec<u8>, resource: &_| write_resource(out, resource, version);
                write_page(out, "resources", resources, next_cursor.as_ref(), write);
            });
            splice(out, rendered);
        }
        ServerResult::ListResourceTemplates(page) => {
            let rendered = page.bytes(version, |page, out| {
                let ListResourceTemplatesResult { resource_templates, next_cursor, cache: _ } = page;
                let write = |out: &mut Vec<u8>, template: &_| write_template(out, template, version);
                write_page(out, "resourceTemplates", resource_templates, next_cursor.as_ref(), write);
            });
            splice(out, rendered);
        }
        ServerResult::GetPrompt(result) => write_prompt_result(out, result, version),
        ServerResult::ReadResource(ReadResourceResult { contents, cache: _, meta }) => {
            let mut object = ObjectWriter::open(out);
            let contents: Vec<_> = contents.iter().map(|contents| known_contents(contents, version)).collect();
            object.value("contents", &contents);
            object.optional("_meta", meta.as_ref());
            object.close();
        }
        ServerResult::Complete(completion) => {
            let mut object = ObjectWriter::open(out);
            object.value("completion", completion);
            object.close();
        }
        ServerResult::Custom(result) => out.extend_from_slice(result.as_bytes()),
    }
}

fn write_prompt_result(out: &mut Vec<u8>, result: &GetPromptResult, version: ProtocolVersion) {
    let GetPromptResult { description, messages, meta } = result;
    let messages: Vec<PromptMessage> = messages
        .iter()
        .map(|PromptMessage { role, content }| PromptMessage {
            role: *role,
            content: step_down(content, version).into_owned(),
        })
        .collect();
    let mut object = ObjectWriter::open(out);
    object.optional("description", description.as_ref());
    object.value("messages", &messages);
    object.optional("_meta", meta.as_ref());
    object.close();
}

fn write_tool_result(out: &mut Vec<u8>, result: &CallToolResult, version: ProtocolVersion) {
    let CallToolResult { content, structured_content, is_error, meta } = result;
    let mut object = ObjectWriter::open(out);
    object.content(&step_down_all(content, version));
    // Objects only, since 2025-06-18; the text block says the same (2025-06-18, schema, "CallToolResult").
    if let Some(structured) = structured_content
        && version >= ProtocolVersion::V2025_06_18
        && structured.is_object()
    {
        object.raw("structuredContent", structured);
    }
    if *is_error {
        object.value("isError", &true);
    }
    object.optional("_meta", meta.as_ref());
    object.close();
}
