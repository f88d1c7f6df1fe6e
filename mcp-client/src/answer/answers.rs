//! One question to this client, from its words to those of the answer.

use std::sync::Arc;

use mcp_core::{
    ProtocolVersion,
    era::{Asked, codes, read_asked, write_elicit_result, write_list_roots_result, write_message_result},
    error::{Error, ErrorKind},
    json::{RawJson, RawObject},
    model::{ClientCapabilities, CreateMessage, CreateMessageResult, ElicitAction, FormQuestion},
};
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    handlers::{FormAction, FormAnswer, Handlers, SamplingError, UrlQuestion, check_roots},
    limits::Limits,
};

/// What this client answers to a server with which it speaks one revision. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Answers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    handlers: Handlers,
    capabilities: ClientCapabilities,
    version: ProtocolVersion,
    limits: Limits,
    closed: CancellationToken,
}

/// How a handler ended that has no answer.
enum Lost {
    Panicked,
    TooSlow,
}

impl Answers {
    pub(crate) fn new(
        handlers: Handlers,
        capabilities: ClientCapabilities,
        version: ProtocolVersion,
        limits: Limits,
    ) -> Self {
        Self(Arc::new(Inner { handlers, capabilities, version, limits, closed: CancellationToken::new() }))
    }

    pub(crate) fn version(&self) -> ProtocolVersion {
        self.0.version
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The client is closed: nobody waits for answers any more.
    pub(crate) fn close(&self) {
        self.0.closed.cancel();
    }

    /// Returns when the client is closed.
    pub(crate) async fn closed(&self) {
        self.0.closed.cancelled().await;
    }

    /// Whether the client has said that it has roots.
    pub(crate) fn declares_roots(&self) -> bool {
        self.0.capabilities.roots.is_some()
    }

    /// Whether the client has said that it tells of changed roots.
    pub(crate) fn declares_roots_changes(&self) -> bool {
        self.0.capabilities.roots.as_ref().is_some_and(|roots| roots.list_changed == Some(true))
    }

    pub(crate) fn handlers(&self) -> &Handlers {
        &self.0.handlers
    }

    /// Reads a question. An error is the server's mistake.
    pub(crate) fn read(&self, method: &str, params: &RawObject) -> Result<Asked, Error> {
        read_asked(method, params, self.0.version, &self.0.capabilities)
    }

    /// Lets the handler answer, and writes what it said. An error is this side's, and fit for the server to read.
    ///
    /// Dropped before its end, it ends the handler.
    pub(crate) async fn answer(&self, asked: Asked) -> Result<RawJson, Error> {
        let Inner { handlers, version, .. } = &*self.0;
        match asked {
            Asked::Form(question) => {
                let handler = handlers.form.clone().ok_or_else(nobody)?;
                let shown = question.clone();
                let answer = self.run(async move { handler(shown).await }).await;
                self.form_answer(&question, answer)
            }
            Asked::Url(question) => {
                let handler = handlers.page.clone().ok_or_else(nobody)?;
                let question = UrlQuestion::new(question).map_err(Error::invalid_params)?;
                let action = match self.run(async move { handler(question).await }).await {
                    Ok(action) => action,
                    Err(lost) => lost.of_user()?,
                };
                Ok(write_elicit_result(action, None, *version))
            }
            Asked::Sampling(question) => {
                let handler = handlers.sample.clone().ok_or_else(nobody)?;
                let shown = (*question).clone();
                let answer = self.run(async move { handler(shown).await }).await.map_err(Lost::of_model)?;
                self.message(&question, answer)
            }
            Asked::Roots if handlers.asks_roots.is_some() => {
                let handler = handlers.asks_roots.clone().ok_or_else(nobody)?;
                let roots = self.run(async move { handler(()).await }).await.map_err(Lost::of_model)?;
                check_roots(&roots).map_err(|problem| {
                    tracing::error!(%problem, "what the `on_roots` handler said is not sent");
                    Error::internal("the client has no roots that can be sent")
                })?;
                Ok(write_list_roots_result(&roots, *version))
            }
            Asked::Roots => {
                let roots = handlers.roots.as_ref().ok_or_else(nobody)?;
                Ok(write_list_roots_result(&roots.now(), *version))
            }
            _ => Err(nobody()),
        }
    }

    /// In a task of its own, so that its panic is its own.
    async fn run<T: Send + 'static>(&self, handler: impl Future<Output = T> + Send + 'static) -> Result<T, Lost> {
        let mut task = JoinSet::new();
        task.spawn(handler);
        match timeout(self.0.limits.answer_timeout, task.join_next()).await {
            Ok(Some(Ok(answer))) => Ok(answer),
            Ok(_) => {
                tracing::error!("a handler that answers for the server panicked");
                Err(Lost::Panicked)
            }
            Err(_) => {
                tracing::warn!("a handler did not answer the server in time: see `Limits::answer_timeout`");
                Err(Lost::TooSlow)
            }
        }
    }

    fn form_answer(&self, question: &FormQuestion, answer: Result<FormAnswer, Lost>) -> Result<RawJson, Error> {
        let write = |action, content| write_elicit_result(action, content, self.0.version);
        let content = match answer {
            Ok(FormAnswer(FormAction::Accept(content))) => content,
            Ok(FormAnswer(FormAction::Decline)) => return Ok(write(ElicitAction::Decline, None)),
            Ok(FormAnswer(FormAction::Cancel)) => return Ok(write(ElicitAction::Cancel, None)),
            Err(lost) => return Ok(write(lost.of_user()?, None)),
        };
        match content.and_then(|content| question.complete(&content).map_err(|problems| problems.join("; "))) {
            Ok(content) => Ok(write(ElicitAction::Accept, Some(&content))),
            Err(problem) => {
                tracing::error!(
                    problem,
                    "the answer of the `on_elicit` handler does not fit the form, and is not sent"
                );
                Err(Error::internal(format!("the client has no answer that fits the form: {problem}")))
            }
        }
    }

    fn message(
        &self,
        question: &CreateMessage,
        answer: Result<CreateMessageResult, SamplingError>,
    ) -> Result<RawJson, Error> {
        let answer = answer.map_err(|SamplingError { is_rejection, message }| {
            let kind = if is_rejection { ErrorKind::Application(codes::USER_REJECTED) } else { ErrorKind::Internal };
            Error::new(kind, message)
        })?;
        let unknown = answer.tool_uses().find(|used| !question.tools.iter().any(|tool| tool.name == used.name));
        let written = match unknown {
            Some(used) => Err(format!("it wants to call `{}`, which the server did not offer", used.name)),
            None => write_message_result(&answer, self.0.version),
        };
        written.map_err(|problem| {
            tracing::error!(problem, "the answer of the `on_sample` handler cannot be sent");
            Error::internal(format!("the client has no answer that can be sent: {problem}"))
        })
    }
}

impl Lost {
    /// Who did not answer in time has closed the question without a choice (2026-07-28, client/elicitation, "Response
    /// Actions").
    fn of_user(self) -> Result<ElicitAction, Error> {
        match self {
            Self::TooSlow => Ok(ElicitAction::Cancel),
            Self::Panicked => Err(Error::internal("the client failed while it answered")),
        }
    }

    fn of_model(self) -> Error {
        Error::internal(match self {
            Self::TooSlow => "the client's model did not answer in time",
            Self::Panicked => "the client failed while it answered",
        })
    }
}

/// What is declared by hand and has no handler.
fn nobody() -> Error {
    Error::internal("the client declares that it answers this, and has no handler for it")
}
