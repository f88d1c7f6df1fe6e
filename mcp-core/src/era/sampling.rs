//! Questions to a model as every revision writes them, with what differs as parameters.

use serde_json::json;

use super::shared::{write_array, written};
use crate::{
    json::RawJson,
    model::{CreateMessage, ModelPreferences, SamplingMessage, Tool},
};

/// Writes the parameters of a question to a model.
pub(super) fn write_question(
    question: &CreateMessage,
    write_messages: impl FnOnce(&mut Vec<u8>, &[SamplingMessage]),
    write_tool: impl Fn(&mut Vec<u8>, &Tool),
) -> RawJson {
    let CreateMessage {
        messages,
        max_tokens,
        model_preferences,
        system_prompt,
        include_context,
        temperature,
        stop_sequences,
        metadata,
        tools,
        tool_choice,
    } = question;
    written(|params| {
        write_messages(params.key("messages"), messages);
        if let Some(ModelPreferences { hints, cost_priority, speed_priority, intelligence_priority }) =
            model_preferences
        {
            params.value("modelPreferences", &{
                let mut preferences = json!({});
                if !hints.is_empty() {
                    preferences["hints"] = hints.iter().map(|hint| json!({"name": hint})).collect();
                }
                let priorities = [
                    ("costPriority", cost_priority),
                    ("speedPriority", speed_priority),
                    ("intelligencePriority", intelligence_priority),
                ];
                for (name, priority) in priorities {
                    // A number beyond its range has no meaning.
                    if let Some(priority) = priority.filter(|priority| (0.0..=1.0).contains(priority)) {
                        preferences[name] = json!(priority);
                    }
                }
                preferences
            });
        }
        params.optional("systemPrompt", system_prompt.as_ref());
        params.optional("includeContext", include_context.as_ref());
        params.optional("temperature", temperature.filter(|temperature| temperature.is_finite()).as_ref());
        params.value("maxTokens", max_tokens);
        params.optional("stopSequences", Some(stop_sequences).filter(|sequences| !sequences.is_empty()));
        if let Some(metadata) = metadata {
            params.raw("metadata", metadata.as_raw());
        }
        if !tools.is_empty() {
            write_array(params.key("tools"), tools, &write_tool);
        }
        params.optional("toolChoice", tool_choice.map(|mode| json!({"mode": mode})).as_ref());
    })
}

/// Writes one thing as itself, and several as a list.
pub(super) fn one_or_more<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    match items {
        [one] => write(out, one),
        several => write_array(out, several, write),
    }
}
