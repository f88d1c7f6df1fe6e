//! What a client answers in a test, written down beforehand.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use mcp_core::{
    json::RawJson,
    model::{ClientCapabilities, ServerNotification},
};
use serde_json::{Value, json};

use super::recorder::{Asked, Recorder};
use crate::{
    context::{Activity, ClientLink, NotAnswered},
    rounds::Kind,
};

/// The answers of a client, by the keys of the questions. Of several for one key each counts once, and the last for ever.
#[derive(Clone, Default)]
pub(super) struct Script {
    answers: HashMap<String, Vec<Value>>,
    roots: Option<Vec<String>>,
    takes: Takes,
}

/// The kinds of questions for which there are answers.
#[derive(Clone, Copy, Default)]
struct Takes {
    forms: bool,
    pages: bool,
    samples: bool,
}

impl Script {
    /// Takes an answer to a form. What is no object is the only field of a short question.
    pub(super) fn form(&mut self, key: String, content: Value) {
        let content = if content.is_object() { content } else { json!({"answer": content}) };
        self.takes.forms = true;
        self.add(key, json!({"action": "accept", "content": content}));
    }

    /// Takes a refusal of a form or a page.
    pub(super) fn refusal(&mut self, key: String, action: &str) {
        (self.takes.forms, self.takes.pages) = (true, true);
        self.add(key, json!({"action": action}));
    }

    pub(super) fn page(&mut self, key: String) {
        self.takes.pages = true;
        self.add(key, json!({"action": "accept"}));
    }

    pub(super) fn sample(&mut self, key: String, text: &str) {
        self.takes.samples = true;
        let content = json!({"type": "text", "text": text});
        self.add(key, json!({"role": "assistant", "content": content, "model": "scripted", "stopReason": "endTurn"}));
    }

    pub(super) fn roots(&mut self, roots: Vec<String>) {
        self.roots = Some(roots);
    }

    fn add(&mut self, key: String, answer: Value) {
        self.answers.entry(key).or_default().push(answer);
    }

    /// Declares what there are answers for, beside what is declared already.
    pub(super) fn declare(&self, capabilities: &mut ClientCapabilities) {
        let empty = || Some(Default::default());
        if self.takes.forms || self.takes.pages {
            let elicitation = capabilities.elicitation.get_or_insert_default();
            if self.takes.forms {
                elicitation.form = elicitation.form.take().or_else(empty);
            }
            if self.takes.pages {
                elicitation.url = elicitation.url.take().or_else(empty);
            }
        }
        if self.takes.samples {
            let sampling = capabilities.sampling.get_or_insert_default();
            sampling.tools = sampling.tools.take().or_else(empty);
            sampling.context = sampling.context.take().or_else(empty);
        }
        if self.roots.is_some() {
            capabilities.roots.get_or_insert_default();
        }
    }

    /// The answer to a question, which the recorder keeps. `named` is the key by which it is known among all questions of its call.
    #[expect(clippy::panic, reason = "a question without an answer is a mistake in the test")]
    pub(super) fn reply(&self, recorder: &Recorder, named: &str, method: &str, params: Value) -> RawJson {
        let key = Kind::own_key(named);
        let before = recorder.asked().iter().filter(|asked| asked.key == key && asked.method == method).count();
        recorder.ask(Asked { key: key.to_owned(), method: method.to_owned(), params });
        let roots = self.roots.as_ref().filter(|_| named == "roots:");
        let roots =
            roots.map(|roots| json!({"roots": roots.iter().map(|uri| json!({"uri": uri})).collect::<Vec<_>>()}));
        let known = self.answers.get(key);
        let answer = roots.or_else(|| known.and_then(|known| known.get(before).or_else(|| known.last()).cloned()));
        let Some(answer) = answer else {
            panic!(
                "the test has no answer to the question `{key}` ({method}): give one with `.answer({key:?}, ..)` or its siblings"
            )
        };
        RawJson::from_value(&answer).unwrap_or(RawJson::NULL)
    }
}

/// A client that answers from a script.
pub(super) struct ScriptedClient {
    pub(super) script: Script,
    pub(super) recorder: Arc<Recorder>,
    pub(super) activity: Activity,
    pub(super) has_ended: AtomicBool,
}

impl ScriptedClient {
    pub(super) fn new(script: Script, recorder: Arc<Recorder>) -> Self {
        Self { script, recorder, activity: Activity::default(), has_ended: AtomicBool::new(false) }
    }
}

#[async_trait]
impl ClientLink for ScriptedClient {
    fn activity(&self) -> &Activity {
        &self.activity
    }

    fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    fn tell(&self, _: ServerNotification) {}

    async fn ask(&self, key: &str, method: &'static str, params: Option<RawJson>) -> Result<RawJson, NotAnswered> {
        if self.has_ended.load(Ordering::Relaxed) {
            return Err(NotAnswered::gone());
        }
        let params = params.and_then(|params| params.parse().ok()).unwrap_or_default();
        Ok(self.script.reply(&self.recorder, key, method, params))
    }
}

/// Gives a type with a field `identity` and one `recorder` the methods by which a test answers.
macro_rules! scripted {
    ($type:ident) => {
        impl $type {
            /// Answers the question that the handler calls `key`: the fields of a form as an object, or the answer to one of
            /// the [short questions](crate::Context::confirm). Said again for the same key, it is the answer to the
            /// next question of that name; the last one answers all that follow. The client then declares that it takes
            /// such questions.
            ///
            /// # Panics
            ///
            /// If the answer cannot be written as JSON.
            #[track_caller]
            pub fn answer(mut self, key: impl Into<String>, content: impl ::serde::Serialize) -> Self {
                match ::serde_json::to_value(content) {
                    Ok(content) => self.identity.script.form(key.into(), content),
                    Err(error) => panic!("the answer cannot be written as JSON: {error}"),
                }
                self
            }

            /// Declines a question; as [`answer`](Self::answer).
            pub fn decline(mut self, key: impl Into<String>) -> Self {
                self.identity.script.refusal(key.into(), "decline");
                self
            }

            /// Closes a question without a choice; as [`answer`](Self::answer).
            pub fn cancel_question(mut self, key: impl Into<String>) -> Self {
                self.identity.script.refusal(key.into(), "cancel");
                self
            }

            /// Agrees to open a page; as [`answer`](Self::answer).
            pub fn open_page(mut self, key: impl Into<String>) -> Self {
                self.identity.script.page(key.into());
                self
            }

            /// Lets the client's model answer with a text; as [`answer`](Self::answer).
            pub fn sampled(mut self, key: impl Into<String>, text: &str) -> Self {
                self.identity.script.sample(key.into(), text);
                self
            }

            /// The folders in which the client works, by their URIs.
            pub fn roots(mut self, roots: impl IntoIterator<Item = impl Into<String>>) -> Self {
                self.identity.script.roots(roots.into_iter().map(Into::into).collect());
                self
            }

            /// The questions that were asked so far.
            pub fn asked(&self) -> Vec<super::Asked> {
                self.recorder.asked()
            }
        }
    };
}

pub(super) use scripted;
