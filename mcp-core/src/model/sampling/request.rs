//! A question to the client's model.

use serde::Serialize;

use super::{SamplingContent, SamplingMessage, ToolResultContent};
use crate::{
    json::RawObject,
    model::{Ask, CreateMessageResult, Role, Tool},
};

/// A question to the client's model, which the client's user may read, change and refuse (2026-07-28, client/sampling,
/// "Creating Messages"). 2026-07-28 advises new programs to talk to a model of their own instead.
///
/// ```
/// use mcp_core::model::CreateMessage;
///
/// let question = CreateMessage::new(200)
///     .system("Answer in one sentence.")
///     .user("What is the capital of Norway?")
///     .prefer_model("sonnet")
///     .temperature(0.2);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CreateMessage {
    /// The conversation so far.
    pub messages: Vec<SamplingMessage>,
    /// The most tokens to sample.
    pub max_tokens: u32,
    /// Which model would be good.
    pub model_preferences: Option<ModelPreferences>,
    /// What the model is told before the conversation. The client may change it or leave it out.
    pub system_prompt: Option<String>,
    /// What the client is asked to add from servers.
    pub include_context: Option<IncludeContext>,
    /// How freely the model chooses; what it means depends on the model.
    pub temperature: Option<f64>,
    /// Where the model stops.
    pub stop_sequences: Vec<String>,
    /// What is handed to the model's provider as it is.
    pub metadata: Option<RawObject>,
    /// Tools that the model may want to be called; since 2025-11-25. The server calls them, and asks again with what they
    /// gave.
    pub tools: Vec<Tool>,
    /// Whether the model has to use a tool; since 2025-11-25.
    pub tool_choice: Option<ToolChoice>,
}

impl CreateMessage {
    /// A question without messages yet, for an answer of at most so many tokens.
    pub fn new(max_tokens: u32) -> Self {
        Self {
            messages: Vec::new(),
            max_tokens,
            model_preferences: None,
            system_prompt: None,
            include_context: None,
            temperature: None,
            stop_sequences: Vec::new(),
            metadata: None,
            tools: Vec::new(),
            tool_choice: None,
        }
    }

    /// Adds something that the user says.
    #[must_use]
    pub fn user(self, content: impl Into<SamplingContent>) -> Self {
        self.message(SamplingMessage::user(content))
    }

    /// Adds something that the model says.
    #[must_use]
    pub fn assistant(self, content: impl Into<SamplingContent>) -> Self {
        self.message(SamplingMessage::assistant(content))
    }

    /// Adds a message.
    #[must_use]
    pub fn message(mut self, message: SamplingMessage) -> Self {
        self.messages.push(message);
        self
    }

    /// Goes on after an answer that wants tools to be called: adds the answer, and what the calls gave.
    #[must_use]
    pub fn tool_results(
        self,
        answer: CreateMessageResult,
        results: impl IntoIterator<Item = ToolResultContent>,
    ) -> Self {
        self.message(answer.into_message()).message(SamplingMessage::new(Role::User, results))
    }

    /// Says what the model is told before the conversation.
    #[must_use]
    pub fn system(mut self, prompt: impl Into<String>) -> Self {
        self.system_prompt = Some(prompt.into());
        self
    }

    /// Names a model, or a part of its name, that would be good; the first that the client has is taken.
    #[must_use]
    pub fn prefer_model(mut self, hint: impl Into<String>) -> Self {
        self.model_preferences.get_or_insert_default().hints.push(hint.into());
        self
    }

    /// Says which model would be good.
    #[must_use]
    pub fn model_preferences(mut self, preferences: ModelPreferences) -> Self {
        self.model_preferences = Some(preferences);
        self
    }

    /// Asks the client to add context from servers. Deprecated since 2025-11-25, where the client must have declared
    /// that it can.
    #[must_use]
    pub fn include_context(mut self, context: IncludeContext) -> Self {
        self.include_context = Some(context);
        self
    }

    /// Says how freely the model chooses.
    #[must_use]
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Adds a text at which the model stops.
    #[must_use]
    pub fn stop_at(mut self, sequence: impl Into<String>) -> Self {
        self.stop_sequences.push(sequence.into());
        self
    }

    /// Hands something to the model's provider.
    #[must_use]
    pub fn metadata(mut self, metadata: RawObject) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Names a tool that the model may want to be called.
    #[must_use]
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.push(tool);
        self
    }

    /// Says whether the model has to use a tool.
    #[must_use]
    pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = Some(choice);
        self
    }

    /// What the client must be able to do for this question.
    pub fn asks(&self) -> Vec<Ask> {
        let uses_tools = self.messages.iter().flat_map(|message| &message.content).any(is_about_tools);
        let with_tools = !self.tools.is_empty() || self.tool_choice.is_some() || uses_tools;
        let with_context = self.include_context.is_some_and(|context| context != IncludeContext::None);
        let asks = [(Ask::Sampling, true), (Ask::SamplingTools, with_tools), (Ask::SamplingContext, with_context)];
        asks.into_iter().filter_map(|(ask, is_needed)| is_needed.then_some(ask)).collect()
    }

    /// Holds the conversation to what models' providers can take: results of tools stand alone in a message of the user,
    /// and follow the message that wanted the calls, one for each (2026-07-28, client/sampling, "Message Content
    /// Constraints").
    ///
    /// # Errors
    ///
    /// A sentence that says what does not fit.
    pub fn check(&self) -> Result<(), String> {
        let mut wanted: Vec<&str> = Vec::new();
        for SamplingMessage { role, content, .. } in &self.messages {
            let given: Vec<&str> = content.iter().filter_map(result_of).collect();
            if !given.is_empty() && (*role != Role::User || given.len() < content.len()) {
                return Err("results of tools must stand alone, in a message of the user".to_owned());
            }
            if !is_same(&given, &wanted) {
                return Err("each call that the model wants must get one result, in the very next message".to_owned());
            }
            wanted = content.iter().filter_map(call_of).collect();
            if !wanted.is_empty() && *role != Role::Assistant {
                return Err("only the model can want tools to be called: such a block stands in a message of the \
                            assistant"
                    .to_owned());
            }
        }
        match wanted.is_empty() {
            true => Ok(()),
            false => Err("the last message wants tools to be called: add what the calls gave".to_owned()),
        }
    }
}

fn is_about_tools(block: &SamplingContent) -> bool {
    call_of(block).or_else(|| result_of(block)).is_some()
}

fn call_of(block: &SamplingContent) -> Option<&str> {
    match block {
        SamplingContent::ToolUse(tool_use) => Some(&tool_use.id),
        _ => None,
    }
}

fn result_of(block: &SamplingContent) -> Option<&str> {
    match block {
        SamplingContent::ToolResult(result) => Some(&result.tool_use_id),
        _ => None,
    }
}

/// Whether both hold the same, in any order.
fn is_same(one: &[&str], other: &[&str]) -> bool {
    let sorted = |ids: &[&str]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        ids.sort_unstable();
        ids
    };
    one.len() == other.len() && sorted(one) == sorted(other)
}

/// Which model would be good; advice that the client may ignore (2026-07-28, client/sampling, "Model Preferences").
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ModelPreferences {
    /// Names of models, or parts of them, in the order in which they are looked for.
    pub hints: Vec<String>,
    /// How much it matters that it is cheap, from 0 to 1.
    pub cost_priority: Option<f64>,
    /// How much it matters that it is fast, from 0 to 1.
    pub speed_priority: Option<f64>,
    /// How much it matters that it is capable, from 0 to 1.
    pub intelligence_priority: Option<f64>,
}

impl ModelPreferences {
    /// Adds the name of a model, or a part of it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Says how much it matters that it is cheap, from 0 to 1. What lies outside is taken for the nearer end.
    #[must_use]
    pub fn with_cost_priority(mut self, priority: f64) -> Self {
        self.cost_priority = Some(bounded(priority));
        self
    }

    /// Says how much it matters that it is fast, from 0 to 1. What lies outside is taken for the nearer end.
    #[must_use]
    pub fn with_speed_priority(mut self, priority: f64) -> Self {
        self.speed_priority = Some(bounded(priority));
        self
    }

    /// Says how much it matters that it is capable, from 0 to 1. What lies outside is taken for the nearer end.
    #[must_use]
    pub fn with_intelligence_priority(mut self, priority: f64) -> Self {
        self.intelligence_priority = Some(bounded(priority));
        self
    }
}

fn bounded(priority: f64) -> f64 {
    if priority.is_nan() { 0.0 } else { priority.clamp(0.0, 1.0) }
}

/// What a client is asked to add from servers. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum IncludeContext {
    /// Nothing.
    None,
    /// From the server that asks.
    ThisServer,
    /// From all.
    AllServers,
}

/// Whether the model has to use a tool. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToolChoice {
    /// As it sees fit.
    Auto,
    /// At least one.
    Required,
    /// None.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::ToolUseContent, schema::Schema};

    fn call(id: &str) -> SamplingContent {
        ToolUseContent::new(id, "t", RawObject::EMPTY).into()
    }

    fn result(id: &str) -> SamplingContent {
        ToolResultContent::new(id, ["done"]).into()
    }

    #[test]
    fn a_question_says_what_it_takes() {
        let question = CreateMessage::new(1).user("a");
        assert_eq!(question.asks(), [Ask::Sampling]);
        assert_eq!(question.clone().include_context(IncludeContext::None).asks(), [Ask::Sampling]);
        let with_context = question.clone().include_context(IncludeContext::ThisServer);
        assert_eq!(with_context.asks(), [Ask::Sampling, Ask::SamplingContext]);
        for with_tools in [
            question.clone().tool(Tool::new("t", Schema::no_arguments())),
            question.clone().tool_choice(ToolChoice::None),
            question.assistant(call("1")).user(result("1")),
        ] {
            assert_eq!(with_tools.asks(), [Ask::Sampling, Ask::SamplingTools]);
        }
    }

    #[test]
    fn results_of_tools_follow_their_calls() {
        let question = || CreateMessage::new(1).user("a");
        let both = || SamplingMessage::new(Role::Assistant, [call("1"), call("2"), "text".into()]);
        assert_eq!(question().check(), Ok(()));
        let complete = question().message(both()).message(SamplingMessage::new(Role::User, [result("2"), result("1")]));
        assert_eq!(complete.check(), Ok(()));
        let answer = CreateMessageResult::new("m", [call("7")]);
        assert_eq!(question().tool_results(answer, [ToolResultContent::new("7", ["x"])]).check(), Ok(()));
        for wrong in [
            question().message(both()),
            question().message(both()).user("b"),
            question().message(both()).user(result("1")),
            question().message(both()).message(SamplingMessage::new(Role::User, [result("1"), result("1")])),
            question()
                .message(both())
                .message(SamplingMessage::new(Role::User, [result("1"), result("2"), "b".into()])),
            question().message(both()).message(SamplingMessage::new(Role::Assistant, [result("1"), result("2")])),
            question().user(result("1")),
            question().user(call("1")).user(result("1")),
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn priorities_stay_in_their_range() {
        let preferences = ModelPreferences::default().with_cost_priority(2.0).with_speed_priority(-1.0);
        let preferences = preferences.with_intelligence_priority(f64::NAN);
        assert_eq!((preferences.cost_priority, preferences.speed_priority), (Some(1.0), Some(0.0)));
        assert_eq!(preferences.intelligence_priority, Some(0.0));
    }
}
