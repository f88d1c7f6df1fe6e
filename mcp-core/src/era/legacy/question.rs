//! What a server asks, in words that the revision has.

use super::{content::step_down, lists::write_tool};
use crate::{
    era::{
        form::{Titles, reduced, restored, write_form, write_url},
        sampling::{one_or_more, write_question},
        shared::{ObjectWriter, write_array, write_value},
    },
    error::Error,
    json::{RawJson, RawObject},
    model::{
        Content, CreateMessage, ElicitForm, ElicitUrl, FormSchema, SamplingContent, SamplingMessage, ToolResultContent,
    },
    version::ProtocolVersion,
};

/// Writes the parameters of `elicitation/create` for a form. 2025-06-18 knows no mode, names options beside their values,
/// fills in `bool`s only, and has no choice of several options: each of these is asked about with a yes or no (2025-06-18,
/// client/elicitation, "Requested Schema"; 2025-11-25, changelog, "Major changes").
pub(in crate::era) fn write_elicit_form(question: &ElicitForm, version: ProtocolVersion) -> RawJson {
    let ElicitForm { message, form } = question;
    match version >= ProtocolVersion::V2025_11_25 {
        true => write_form(message, form, Titles::EachItsOwn, true),
        false => write_form(message, &reduced(form), Titles::EnumNames, false),
    }
}

/// What was entered, as an answer to the form itself and not to what the revision made of it.
pub(in crate::era) fn read_content(form: &FormSchema, content: RawObject, version: ProtocolVersion) -> RawObject {
    if version >= ProtocolVersion::V2025_11_25 { content } else { restored(form, &content) }
}

/// Writes the parameters of `elicitation/create` for a page to open (2025-11-25, schema, "ElicitRequestURLParams").
pub(in crate::era) fn write_elicit_url(question: &ElicitUrl, _: ProtocolVersion) -> RawJson {
    write_url(question, true)
}

/// Writes the parameters of `sampling/createMessage`. Before 2025-11-25 a message has one block, so that several become
/// several messages, and there are no tools (2025-06-18, schema, "SamplingMessage").
///
/// # Errors
///
/// If a block is of a kind that the revision does not have.
pub(in crate::era) fn write_create_message(
    question: &CreateMessage,
    version: ProtocolVersion,
) -> Result<RawJson, Error> {
    let blocks = question.messages.iter().flat_map(|message| &message.content);
    if let Some(kind) = blocks.filter_map(|block| unknown(block, version)).next() {
        let sentence = format!("the client speaks {version}, which has no {kind} in questions to a model");
        return Err(Error::internal(sentence));
    }
    if version >= ProtocolVersion::V2025_11_25 {
        let write_tool = |out: &mut Vec<u8>, tool: &_| write_tool(out, tool, version);
        return Ok(write_question(question, |out, messages| write_array(out, messages, write_message), write_tool));
    }
    let without_tools = CreateMessage { tools: Vec::new(), tool_choice: None, ..question.clone() };
    Ok(write_question(&without_tools, |out, messages| write_single(out, messages, version), |_, _| ()))
}

/// What a block is that the revision does not have.
fn unknown(block: &SamplingContent, version: ProtocolVersion) -> Option<&'static str> {
    match block {
        SamplingContent::Text(_) | SamplingContent::Image(_) => None,
        SamplingContent::Audio(_) => (version < ProtocolVersion::V2025_03_26).then_some("sound"),
        SamplingContent::ToolUse(_) | SamplingContent::ToolResult(_) => {
            (version < ProtocolVersion::V2025_11_25).then_some("tools")
        }
    }
}

/// Writes a message of 2025-11-25.
fn write_message(out: &mut Vec<u8>, SamplingMessage { role, content, meta }: &SamplingMessage) {
    let mut message = ObjectWriter::open(out);
    message.value("role", role);
    one_or_more(message.key("content"), content, |out, block| match block {
        // A structured result is an object here (2025-11-25, schema, "ToolResultContent").
        SamplingContent::ToolResult(result) if !result.structured_content.iter().all(RawJson::is_object) => {
            let result = ToolResultContent { structured_content: None, ..result.clone() };
            write_value(out, &SamplingContent::ToolResult(result));
        }
        block => write_value(out, block),
    });
    message.optional("_meta", meta.as_ref());
    message.close();
}

/// Writes messages of one block each.
fn write_single(out: &mut Vec<u8>, messages: &[SamplingMessage], version: ProtocolVersion) {
    let single: Vec<_> = messages
        .iter()
        .flat_map(|message| message.content.iter().filter_map(|block| Some((message.role, as_content(block)?))))
        .collect();
    write_array(out, &single, |out, (role, block)| {
        let mut message = ObjectWriter::open(out);
        message.value("role", role);
        message.value("content", step_down(block, version).as_ref());
        message.close();
    });
}

fn as_content(block: &SamplingContent) -> Option<Content> {
    match block {
        SamplingContent::Text(text) => Some(Content::Text(text.clone())),
        SamplingContent::Image(image) => Some(Content::Image(image.clone())),
        SamplingContent::Audio(audio) => Some(Content::Audio(audio.clone())),
        SamplingContent::ToolUse(_) | SamplingContent::ToolResult(_) => None,
    }
}
