//! What is answered to the server's questions: what the command line says, to whoever asks for it.

use std::sync::Arc;

use mcp_client::{
    ClientBuilder, FormAnswer, UrlQuestion,
    model::{CreateMessage, CreateMessageResult, ElicitAction, FormQuestion, Root},
};
use serde_json::{Map, Value, json};

use crate::report;

/// The answers by their keys.
#[derive(Clone)]
pub(crate) struct Answers(Arc<Map<String, Value>>);

impl Answers {
    pub(crate) fn new(answers: &[(String, Value)]) -> Self {
        Self(Arc::new(answers.iter().cloned().collect()))
    }

    /// Has a handler for each of the capabilities.
    pub(crate) fn install(self, mut builder: ClientBuilder, capabilities: &Value) -> ClientBuilder {
        let has = |path: &str| capabilities.pointer(path).is_some();
        // Without a mode it is the mode that there was first.
        if has("/elicitation/form") || (has("/elicitation") && !has("/elicitation/url")) {
            let answers = self.clone();
            builder = builder.on_elicit(move |question| std::future::ready(answers.form(&question)));
        }
        if has("/elicitation/url") {
            let answers = self.clone();
            builder = builder.on_elicit_url(move |question| std::future::ready(answers.page(&question)));
        }
        if has("/sampling") {
            let answers = self.clone();
            let sample = move |question: CreateMessage| std::future::ready(Ok(answers.sample(&question)));
            let takes_tools = has("/sampling/tools");
            builder = if takes_tools { builder.on_sample_with_tools(sample) } else { builder.on_sample(sample) };
        }
        if has("/roots") {
            let answers = self.clone();
            builder = builder.on_roots(move || std::future::ready(answers.roots()));
        }
        builder
    }

    fn action(&self) -> ElicitAction {
        match self.0.get("@action").and_then(Value::as_str) {
            Some("decline") => ElicitAction::Decline,
            Some("cancel") => ElicitAction::Cancel,
            _ => ElicitAction::Accept,
        }
    }

    fn form(&self, question: &FormQuestion) -> FormAnswer {
        let params = json!({"mode": "form", "message": question.message, "requestedSchema": question.schema});
        asked("elicitation/create", &params);
        match self.action() {
            ElicitAction::Accept => {
                let properties = question.schema.get("properties").and_then(|properties| properties.parse().ok());
                let properties: Map<String, Value> = properties.unwrap_or_default();
                let given = |key: String| self.0.get(&key).map(|answer| (key.clone(), answer.clone()));
                FormAnswer::accept(properties.into_iter().filter_map(|(key, _)| given(key)).collect::<Map<_, _>>())
            }
            ElicitAction::Decline => FormAnswer::decline(),
            ElicitAction::Cancel => FormAnswer::cancel(),
        }
    }

    fn page(&self, question: &UrlQuestion) -> ElicitAction {
        let mut params = json!({"mode": "url", "message": question.message, "url": question.url});
        if let Some(id) = &question.elicitation_id {
            params["elicitationId"] = id.as_str().into();
        }
        asked("elicitation/create", &params);
        self.action()
    }

    fn sample(&self, question: &CreateMessage) -> CreateMessageResult {
        let messages: Vec<Value> =
            question.messages.iter().map(|message| json!({"role": message.role, "content": message.content})).collect();
        let mut params = json!({"messages": messages, "maxTokens": question.max_tokens});
        if let Some(prompt) = &question.system_prompt {
            params["systemPrompt"] = prompt.as_str().into();
        }
        if !question.tools.is_empty() {
            params["tools"] = json!(question.tools);
        }
        asked("sampling/createMessage", &params);
        let text = self.0.get("@sampling").and_then(Value::as_str).unwrap_or("sampled");
        CreateMessageResult::new("fixture-model", [text])
    }

    fn roots(&self) -> Vec<Root> {
        asked("roots/list", &json!({}));
        let roots = self.0.get("@roots").and_then(Value::as_array);
        roots.into_iter().flatten().filter_map(Value::as_str).map(Root::new).collect()
    }
}

fn asked(method: &str, params: &Value) {
    report::print(&json!({"op": "asked", "method": method, "params": params}));
}
