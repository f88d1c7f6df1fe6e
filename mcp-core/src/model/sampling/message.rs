//! Messages to a model, and the one that comes back.

use serde::{Deserialize, Deserializer, de};

use super::{SamplingContent, ToolUseContent};
use crate::{
    json::RawJson,
    model::{Meta, Role},
};

/// One message of a conversation with a model (2026-07-28, client/sampling, "Messages").
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct SamplingMessage {
    /// Who says it.
    pub role: Role,
    /// What is said. Before 2025-11-25 a message has one block, so that several are sent as messages that follow one
    /// another.
    #[serde(deserialize_with = "one_or_more")]
    pub content: Vec<SamplingContent>,
    /// Open metadata, since 2025-11-25.
    #[serde(default, rename = "_meta")]
    pub meta: Option<Box<Meta>>,
}

impl SamplingMessage {
    /// Something that the user says.
    pub fn user(content: impl Into<SamplingContent>) -> Self {
        Self::new(Role::User, [content])
    }

    /// Something that the model says.
    pub fn assistant(content: impl Into<SamplingContent>) -> Self {
        Self::new(Role::Assistant, [content])
    }

    /// A message of several blocks.
    pub fn new(role: Role, content: impl IntoIterator<Item = impl Into<SamplingContent>>) -> Self {
        Self { role, content: content.into_iter().map(Into::into).collect(), meta: None }
    }
}

/// What the model said (2026-07-28, client/sampling, "Result Fields").
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreateMessageResult {
    /// Who says it: the model.
    pub role: Role,
    /// What is said.
    #[serde(deserialize_with = "one_or_more")]
    pub content: Vec<SamplingContent>,
    /// The name of the model.
    pub model: String,
    /// Why it stopped: `endTurn`, `stopSequence`, `maxTokens`, `toolUse`, or what the model's provider calls it.
    #[serde(default)]
    pub stop_reason: Option<String>,
    /// Open metadata.
    #[serde(default, rename = "_meta")]
    pub meta: Option<Box<Meta>>,
}

impl CreateMessageResult {
    /// What a model of that name said.
    pub fn new(model: impl Into<String>, content: impl IntoIterator<Item = impl Into<SamplingContent>>) -> Self {
        Self {
            role: Role::Assistant,
            content: content.into_iter().map(Into::into).collect(),
            model: model.into(),
            stop_reason: None,
            meta: None,
        }
    }

    /// The texts among the blocks, joined.
    pub fn text(&self) -> String {
        self.content.iter().filter_map(SamplingContent::as_text).collect()
    }

    /// The calls of tools that the model wants, in order.
    pub fn tool_uses(&self) -> impl Iterator<Item = &ToolUseContent> {
        self.content.iter().filter_map(|block| match block {
            SamplingContent::ToolUse(tool_use) => Some(tool_use),
            _ => None,
        })
    }

    /// The same as a message, to go on with the conversation.
    pub fn into_message(self) -> SamplingMessage {
        SamplingMessage { role: self.role, content: self.content, meta: None }
    }
}

/// A message has one block or a list of them (2026-07-28, schema, "SamplingMessage").
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SamplingContent>, D::Error> {
    let raw = RawJson::deserialize(deserializer)?;
    let blocks = if raw.is_array() { raw.parse() } else { raw.parse().map(|block| vec![block]) };
    blocks.map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_block_and_several_are_read() {
        let one = r#"{"role":"assistant","content":{"type":"text","text":"a"},"model":"m","more":1}"#;
        let one: CreateMessageResult = serde_json::from_str(one).unwrap();
        assert_eq!((one.text().as_str(), one.stop_reason), ("a", None));
        let several = r#"{"role":"assistant","model":"m","stopReason":"toolUse","content":[{"type":"text","text":"a"},
            {"type":"tool_use","id":"1","name":"t","input":{"x": 1}},{"type":"text","text":"b"}]}"#;
        let several: CreateMessageResult = serde_json::from_str(several).unwrap();
        assert_eq!((several.text().as_str(), several.stop_reason.as_deref()), ("ab", Some("toolUse")));
        let uses: Vec<_> =
            several.tool_uses().map(|tool_use| (tool_use.name.as_str(), tool_use.input.clone())).collect();
        assert_eq!((uses[0].0, uses[0].1.as_raw().as_str()), ("t", "{\"x\": 1}"));
        assert_eq!(several.into_message().content.len(), 3);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for json in [
            r#"{"role":"assistant","content":{"type":"text","text":"a"}}"#,
            r#"{"role":"robot","content":{"type":"text","text":"a"},"model":"m"}"#,
            r#"{"role":"user","content":{"type":"song"},"model":"m"}"#,
            r#"{"role":"user","content":"a","model":"m"}"#,
            r#"{"role":"user","model":"m"}"#,
        ] {
            assert!(serde_json::from_str::<CreateMessageResult>(json).is_err(), "{json}");
        }
    }
}
