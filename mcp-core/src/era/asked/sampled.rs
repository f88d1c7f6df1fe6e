//! A question to a client's model, read.

use serde::Deserialize;

use crate::{
    error::Error,
    json::{RawJson, RawObject},
    model::{CreateMessage, IncludeContext, ModelPreferences, SamplingMessage, Tool, ToolChoice},
};

/// Reads the parameters of `sampling/createMessage`. Advice that cannot be read is none.
pub(super) fn read_sampling(params: &RawObject) -> Result<CreateMessage, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        messages: Vec<SamplingMessage>,
        max_tokens: f64,
        model_preferences: Option<RawJson>,
        system_prompt: Option<String>,
        include_context: Option<RawJson>,
        temperature: Option<f64>,
        stop_sequences: Option<Vec<String>>,
        metadata: Option<RawJson>,
        tools: Option<Vec<Tool>>,
        tool_choice: Option<RawJson>,
    }
    let wire: Wire = params
        .as_raw()
        .parse()
        .map_err(|error| Error::invalid_params(format!("the parameters of the question: {}", error.reason())))?;
    if wire.max_tokens < 0.0 {
        return Err(Error::invalid_params("`params.maxTokens` must not be negative"));
    }
    // A conversion from a float stays within the bounds of the whole number.
    let mut question = CreateMessage::new(wire.max_tokens as u32);
    question.messages = wire.messages;
    question.model_preferences = wire.model_preferences.and_then(|raw| read_preferences(&raw));
    question.system_prompt = wire.system_prompt;
    question.include_context = wire.include_context.and_then(|raw| match raw.to_text()?.as_str() {
        "none" => Some(IncludeContext::None),
        "thisServer" => Some(IncludeContext::ThisServer),
        "allServers" => Some(IncludeContext::AllServers),
        _ => None,
    });
    question.temperature = wire.temperature;
    question.stop_sequences = wire.stop_sequences.unwrap_or_default();
    question.metadata = wire.metadata.and_then(RawObject::from_raw);
    question.tools = wire.tools.unwrap_or_default();
    question.tool_choice = wire.tool_choice.map(|raw| read_choice(&raw)).transpose()?.flatten();
    Ok(question)
}

/// Since 2026-07-28 and 2025-11-25 it is an object with a mode, which is `auto` if it is missing. A mode that does not
/// exist cannot be kept to.
fn read_choice(raw: &RawJson) -> Result<Option<ToolChoice>, Error> {
    if raw.is_null() {
        return Ok(None);
    }
    let mode = RawObject::from_raw(raw.clone()).map(|choice| choice.get("mode").and_then(|mode| mode.to_text()));
    match mode.as_ref().map(|mode| mode.as_deref()) {
        Some(None | Some("auto")) => Ok(Some(ToolChoice::Auto)),
        Some(Some("required")) => Ok(Some(ToolChoice::Required)),
        Some(Some("none")) => Ok(Some(ToolChoice::None)),
        _ => Err(Error::invalid_params("`params.toolChoice.mode` must be `auto`, `required` or `none`")),
    }
}

fn read_preferences(raw: &RawJson) -> Option<ModelPreferences> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        hints: Option<Vec<Hint>>,
        cost_priority: Option<f64>,
        speed_priority: Option<f64>,
        intelligence_priority: Option<f64>,
    }
    #[derive(Deserialize)]
    struct Hint {
        name: Option<String>,
    }
    let Wire { hints, cost_priority, speed_priority, intelligence_priority } = raw.parse().ok()?;
    let hints = hints.unwrap_or_default().into_iter().filter_map(|hint| hint.name).collect();
    Some(ModelPreferences { hints, cost_priority, speed_priority, intelligence_priority })
}
