//! What a client answers to a question, as the server's revision has it.

use crate::{
    era::{
        Method, codes,
        sampling::one_or_more,
        shared::{write_value, written},
    },
    error::Error,
    json::{RawJson, RawObject},
    jsonrpc::{RequestId, encode},
    model::{CreateMessageResult, ElicitAction, Root, SamplingContent},
    version::ProtocolVersion,
};

/// Writes what a user did with a question. Only what is accepted has contents (2026-07-28, client/elicitation, "Response
/// Actions").
pub fn write_elicit_result(action: ElicitAction, content: Option<&RawObject>, _: ProtocolVersion) -> RawJson {
    written(|result| {
        result.value(
            "action",
            match action {
                ElicitAction::Accept => "accept",
                ElicitAction::Decline => "decline",
                ElicitAction::Cancel => "cancel",
            },
        );
        if let Some(content) = content.filter(|_| action == ElicitAction::Accept) {
            result.raw("content", content.as_raw());
        }
    })
}

/// Writes what a model said. Before 2025-11-25 a message has one block, so that several texts become one (2025-06-18,
/// schema, "CreateMessageResult").
///
/// # Errors
///
/// A sentence, if the revision has no word for what it said.
pub fn write_message_result(answer: &CreateMessageResult, version: ProtocolVersion) -> Result<RawJson, String> {
    let CreateMessageResult { role, content, model, stop_reason, meta } = answer;
    let several = version >= ProtocolVersion::V2025_11_25;
    let joined;
    let content = if several || content.len() == 1 {
        content.as_slice()
    } else if content.iter().all(|block| block.as_text().is_some()) {
        joined = [SamplingContent::text(answer.text())];
        &joined
    } else {
        return Err(format!("the server speaks {version}, in which a message of a model has one block"));
    };
    for block in content {
        let is_known = match block {
            SamplingContent::Text(_) | SamplingContent::Image(_) => true,
            SamplingContent::Audio(_) => version >= ProtocolVersion::V2025_03_26,
            SamplingContent::ToolUse(_) | SamplingContent::ToolResult(_) => several,
        };
        if !is_known {
            return Err(format!("the server speaks {version}, which has no such block in messages of a model"));
        }
    }
    Ok(written(|result| {
        result.value("role", role);
        one_or_more(result.key("content"), content, write_value);
        result.value("model", model);
        result.optional("stopReason", stop_reason.as_ref());
        result.optional("_meta", meta.as_ref());
    }))
}

/// Writes the folders of a client.
pub fn write_list_roots_result(roots: &[Root], version: ProtocolVersion) -> RawJson {
    written(|result| {
        let mut roots = roots.to_vec();
        if version < ProtocolVersion::V2025_06_18 {
            roots.iter_mut().for_each(|root| root.meta = None);
        }
        result.value("roots", &roots);
    })
}

/// Writes the answer to a question that came as a request.
pub fn write_asked_result(out: &mut Vec<u8>, id: &RequestId, result: &RawJson) {
    encode::response(out, id, |out| out.extend_from_slice(result.as_bytes()));
}

/// Writes that a question that came as a request is not answered.
pub fn write_asked_error(out: &mut Vec<u8>, id: &RequestId, error: &Error, version: ProtocolVersion) {
    encode::error(out, Some(id), codes::of(error.kind(), version), error.message(), error.data());
}

/// Writes that the client's folders have changed, in revisions that have a word for it (2025-11-25, client/roots, "Root
/// List Changes").
pub fn write_roots_list_changed(out: &mut Vec<u8>) {
    encode::notification(out, Method::RootsListChanged.name(), None::<fn(&mut Vec<u8>)>);
}
