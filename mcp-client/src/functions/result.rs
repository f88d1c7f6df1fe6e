//! A tool's result as what the API takes for a function's.

use mcp_core::model::{CallToolResult, Content, ResourceContents};
use serde_json::{Value, json};

use super::{
    api::FunctionApi,
    note::{Note, below},
};

/// What goes back to a model for a call of a function.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FunctionResult {
    /// What the API takes: a message (Chat Completions), an item of the input (Responses), a block of a user message
    /// (Anthropic), a part of a user's content (Gemini).
    pub value: Value,
    /// What the API does not take, as pointers into the result.
    pub notes: Vec<Note>,
}

/// Writes a tool's result for the model that called the function.
///
/// `id` is the call's own: `tool_call_id`, `call_id`, `tool_use_id`; for Gemini it is the function's name. Text is taken by
/// every API, pictures by OpenAI's Responses and by Anthropic. What else there is is told in words, with a note.
///
/// ```
/// use mcp_client::{FunctionApi, function_result, model::CallToolResult};
/// use serde_json::json;
///
/// let result = function_result(FunctionApi::OpenAiChat, "call_7", &CallToolResult::text("3"));
/// assert_eq!(result.value, json!({"role": "tool", "tool_call_id": "call_7", "content": "3"}));
/// ```
pub fn function_result(api: FunctionApi, id: &str, result: &CallToolResult) -> FunctionResult {
    let mut notes = Vec::new();
    let mut blocks = Vec::new();
    for (index, content) in result.content.iter().enumerate() {
        let at = below("/content", &index.to_string());
        blocks.push(block(api, content, &at, &mut notes));
    }
    if let (true, Some(structured)) = (blocks.is_empty(), &result.structured_content) {
        blocks.push(Block::Text(structured.as_str().to_owned()));
    }
    let value = match api {
        FunctionApi::OpenAiChat => {
            let text = prefixed(result.is_error, joined(&blocks));
            json!({"role": "tool", "tool_call_id": id, "content": text})
        }
        FunctionApi::OpenAiResponses => {
            json!({"type": "function_call_output", "call_id": id, "output": responses(&blocks, result.is_error)})
        }
        FunctionApi::Anthropic => {
            let content: Vec<_> = blocks.iter().map(anthropic).collect();
            let mut value = json!({"type": "tool_result", "tool_use_id": id, "content": content});
            if result.is_error {
                value["is_error"] = true.into();
            }
            value
        }
        FunctionApi::Gemini => {
            let key = if result.is_error { "error" } else { "output" };
            json!({"functionResponse": {"name": id, "response": {key: joined(&blocks)}}})
        }
    };
    FunctionResult { value, notes }
}

enum Block {
    Text(String),
    Image { mime_type: String, data: String },
}

fn block(api: FunctionApi, content: &Content, at: &str, notes: &mut Vec<Note>) -> Block {
    let images = matches!(api, FunctionApi::OpenAiResponses | FunctionApi::Anthropic);
    let said = match content {
        Content::Text(text) => return Block::Text(text.text.clone()),
        Content::Image(image) if images => {
            return Block::Image { mime_type: image.mime_type.clone(), data: image.data.clone() };
        }
        Content::Image(image) => format!("[a picture, {}, which cannot be shown here]", image.mime_type),
        Content::Audio(audio) => format!("[sound, {}, which cannot be played here]", audio.mime_type),
        Content::Resource(embedded) => match &embedded.resource {
            ResourceContents::Text { uri, text, .. } => format!("[resource {uri}]\n{text}"),
            other => format!("[resource {}, which is no text]", other.uri()),
        },
        Content::ResourceLink(link) => format!("[resource {}: {}]", link.uri, link.name),
        _ => "[content of a kind that is not known here]".to_owned(),
    };
    notes.push(Note::new(at, "told in words: the API does not take it in a result"));
    Block::Text(said)
}

fn joined(blocks: &[Block]) -> String {
    let texts = blocks.iter().filter_map(|block| match block {
        Block::Text(text) => Some(text.as_str()),
        Block::Image { .. } => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// OpenAI has no member that says that a function failed.
fn prefixed(is_error: bool, text: String) -> String {
    if is_error { format!("Error: {text}") } else { text }
}

fn responses(blocks: &[Block], is_error: bool) -> Value {
    if blocks.iter().all(|block| matches!(block, Block::Text(_))) {
        return prefixed(is_error, joined(blocks)).into();
    }
    let mut parts: Vec<_> = blocks
        .iter()
        .map(|block| match block {
            Block::Text(text) => json!({"type": "input_text", "text": text}),
            Block::Image { mime_type, data } => {
                json!({"type": "input_image", "image_url": format!("data:{mime_type};base64,{data}")})
            }
        })
        .collect();
    if is_error {
        parts.insert(0, json!({"type": "input_text", "text": "Error:"}));
    }
    parts.into()
}

fn anthropic(block: &Block) -> Value {
    match block {
        Block::Text(text) => json!({"type": "text", "text": text}),
        Block::Image { mime_type, data } => {
            json!({"type": "image", "source": {"type": "base64", "media_type": mime_type, "data": data}})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_gets_what_it_takes_and_a_note_of_the_rest() {
        let result = CallToolResult::new(vec![Content::text("look"), Content::image(b"x", "image/png")]);
        let of = |api| function_result(api, "id", &result);
        let claude = of(FunctionApi::Anthropic);
        assert_eq!(claude.value["content"][1]["source"]["media_type"], json!("image/png"));
        assert_eq!((claude.notes.len(), claude.value.get("is_error")), (0, None));
        assert_eq!(
            of(FunctionApi::OpenAiResponses).value["output"][1]["image_url"],
            json!("data:image/png;base64,eA==")
        );
        for api in [FunctionApi::OpenAiChat, FunctionApi::Gemini] {
            let told = of(api);
            assert_eq!(told.notes[0].pointer, "/content/1");
            assert!(told.value.to_string().contains("a picture, image/png"), "{}", told.value);
        }
    }

    #[test]
    fn a_failure_is_told_as_such() {
        let mut result = CallToolResult::text("disk full");
        result.is_error = true;
        let of = |api| function_result(api, "id", &result).value;
        assert_eq!(of(FunctionApi::OpenAiChat)["content"], json!("Error: disk full"));
        assert_eq!(of(FunctionApi::OpenAiResponses)["output"], json!("Error: disk full"));
        assert_eq!(of(FunctionApi::Anthropic)["is_error"], json!(true));
        assert_eq!(of(FunctionApi::Gemini)["functionResponse"]["response"], json!({"error": "disk full"}));
    }
}
