//! Asks a server as a client would, without a transport.

use std::{fmt, sync::Arc};

use mcp_core::{
    call::{Call, InputRequest, InputRequired, Outcome, Resume},
    era::{self, Method},
    error::{Error, ErrorKind},
    model::{
        CallToolResult, Completion, GetPromptResult, LogMessage, Progress, Prompt, ReadResourceResult, Resource,
        ResourceTemplate, ServerResult, Tool,
    },
    version::ProtocolVersion,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    identity::{Identity, caller_options},
    recorder::Recorder,
    script::{ScriptedClient, scripted},
};
use crate::{
    context::ClientLink,
    engine::Support,
    logging::{Arrival, Transport},
    rounds::{ROUNDS, endless},
    server::Server,
};

/// Asks a server as a client would, and keeps the progress and the log messages of its calls.
///
/// The functions of [`testing`](crate::testing) are shortcuts for one that says nothing of itself. With options it is
/// somebody:
///
/// ```
/// use mcp_server::{Server, testing::TestClient, tool};
/// use serde_json::json;
///
/// #[derive(Clone)]
/// struct Staff;
///
/// #[tool]
/// fn reset() -> &'static str {
///     "done"
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mcp_server::Error> {
/// let reset = reset::tool().visible_if(|viewer| viewer.extensions().get::<Staff>().is_some());
/// let server = Server::builder("shop", "1.0.0").tools([reset]).build();
///
/// let anybody = TestClient::new(&server);
/// assert!(anybody.list_tools().await?.is_empty());
/// assert!(anybody.call("reset", json!({})).await.is_err());
///
/// let staff = TestClient::new(&server).extension(Staff);
/// assert_eq!(staff.call("reset", json!({})).await?.joined_text(), "done");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Every question fails with what a client would be told: the [`Error`] of a JSON-RPC response.
///
/// # Cancel safety
///
/// Dropping the future of a question drops its handler, as cancelling it does.
#[derive(Clone)]
#[must_use = "a client does nothing until it asks"]
pub struct TestClient {
    identity: Identity,
    server: Server,
    recorder: Arc<Recorder>,
}

caller_options!(TestClient);
scripted!(TestClient);

/// The most pages that are read of a list, as our client does.
const MOST_PAGES: usize = 1_000;

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident: $method:ident, $result:ident, $items:ident of $item:ty;)*) => {
        impl TestClient {$(
            $(#[$doc])*
            #[expect(clippy::missing_errors_doc, reason = "the type says how every question fails")]
            pub async fn $name(&self) -> Result<Vec<$item>, Error> {
                let mut items = Vec::new();
                let mut params = Map::new();
                for _ in 0..MOST_PAGES {
                    let ServerResult::$result(page) = self.ask(Method::$method, params).await? else {
                        return Err(other());
                    };
                    items.extend(page.value().$items.iter().cloned());
                    let Some(cursor) = &page.value().next_cursor else { return Ok(items) };
                    params = Map::from_iter([("cursor".to_owned(), cursor.as_str().into())]);
                }
                Err(endless_list())
            }
        )*}
    };
}

lists! {
    /// The tools that this client sees, from all pages; an error if there are more than 1,000.
    list_tools: ListTools, ListTools, tools of Tool;
    /// The prompts that this client sees, from all pages; an error if there are more than 1,000.
    list_prompts: ListPrompts, ListPrompts, prompts of Prompt;
    /// The resources that this client sees, from all pages; an error if there are more than 1,000.
    list_resources: ListResources, ListResources, resources of Resource;
    /// The templates that this client sees, from all pages; an error if there are more than 1,000.
    list_resource_templates: ListResourceTemplates, ListResourceTemplates, resource_templates of ResourceTemplate;
}

#[expect(clippy::missing_errors_doc, reason = "the type says how every question fails")]
impl TestClient {
    /// A client of this server that speaks the newest revision that the server has.
    pub fn new(server: &Server) -> Self {
        let version = server.inner.engine.versions.last().copied().unwrap_or(ProtocolVersion::LATEST);
        Self { identity: Identity::new(version), server: server.clone(), recorder: Arc::default() }
    }

    /// Calls a tool. A failure that the model reads is a result with `is_error`.
    pub async fn call(&self, tool: &str, arguments: impl Serialize) -> Result<CallToolResult, Error> {
        let params = Map::from_iter([
            ("name".to_owned(), tool.into()),
            ("arguments".to_owned(), value("arguments", arguments)?),
        ]);
        match self.ask(Method::CallTool, params).await? {
            ServerResult::CallTool(result) => Ok(result),
            _ => Err(other()),
        }
    }

    /// Fills in a prompt. The arguments are strings: `json!({"city": "Oslo"})`.
    pub async fn get_prompt(&self, prompt: &str, arguments: impl Serialize) -> Result<GetPromptResult, Error> {
        let params = Map::from_iter([
            ("name".to_owned(), prompt.into()),
            ("arguments".to_owned(), value("arguments", arguments)?),
        ]);
        match self.ask(Method::GetPrompt, params).await? {
            ServerResult::GetPrompt(result) => Ok(result),
            _ => Err(other()),
        }
    }

    /// Reads a resource.
    pub async fn read(&self, uri: &str) -> Result<ReadResourceResult, Error> {
        let params = Map::from_iter([("uri".to_owned(), uri.into())]);
        match self.ask(Method::ReadResource, params).await? {
            ServerResult::ReadResource(result) => Ok(result),
            _ => Err(other()),
        }
    }

    /// Completes an argument of a prompt, of which `value` is there already.
    pub async fn complete_prompt(&self, prompt: &str, argument: &str, value: &str) -> Result<Completion, Error> {
        self.complete(json!({"type": "ref/prompt", "name": prompt}), argument, value).await
    }

    /// Completes a variable of a template, of which `value` is there already.
    pub async fn complete_resource(&self, template: &str, variable: &str, value: &str) -> Result<Completion, Error> {
        self.complete(json!({"type": "ref/resource", "uri": template}), variable, value).await
    }

    /// The progress of all calls so far, of clones of this client too: what the calls sent.
    pub fn progress(&self) -> Vec<Progress> {
        self.recorder.progress()
    }

    /// The log messages of all calls so far, if the server [logs](crate::ServerBuilder::logging) and a
    /// [level](Self::log_level) is set.
    pub fn logs(&self) -> Vec<LogMessage> {
        self.recorder.logs()
    }

    async fn complete(&self, reference: Value, argument: &str, value: &str) -> Result<Completion, Error> {
        let params = Map::from_iter([
            ("ref".to_owned(), reference),
            ("argument".to_owned(), json!({"name": argument, "value": value})),
        ]);
        match self.ask(Method::Complete, params).await? {
            ServerResult::Complete(completion) => Ok(completion),
            _ => Err(other()),
        }
    }

    async fn ask(&self, method: Method, params: Map<String, Value>) -> Result<ServerResult, Error> {
        let engine = &self.server.inner.engine;
        let params = self.identity.params(params, &engine.limits.json())?;
        let request = era::read_request(method, &params)?.ok_or_else(other)?;
        let metadata = self.identity.metadata(params);
        let mut resume = None;
        let mut round = 0;
        loop {
            round += 1;
            let call = Call::new(request.clone(), self.identity.caller())
                .with_notifications(Some(self.recorder.notifications()))
                .with_metadata(metadata.clone())
                .with_resume(resume);
            let asks_in_rounds = era::asks_in_rounds(self.identity.version, &request);
            let client = (!asks_in_rounds).then(|| Arc::new(self.scripted()) as Arc<dyn ClientLink>);
            let support = Support { client, ..Support::default() };
            let arrival = Arrival { id: None, transport: Transport::None };
            match self.finished(engine.handle(call, support, arrival).await)? {
                Finished::Result(result) => return Ok(result),
                Finished::Asked(asked) if round > ROUNDS => return Err(endless(&asked)),
                Finished::Asked(asked) => resume = Some(Box::new(self.answers(*asked))),
            }
        }
    }

    /// Answers everything that a call asks.
    fn answers(&self, asked: InputRequired) -> Resume {
        let answer = |InputRequest { key, method, params, .. }: InputRequest| {
            let params = params.parse().unwrap_or_default();
            let answer = self.identity.script.reply(&self.recorder, &key, method, params);
            (key, answer)
        };
        Resume::new(asked.state.map(Into::into), asked.requests.into_iter().map(answer).collect())
    }

    fn scripted(&self) -> ScriptedClient {
        let (script, recorder) = (self.identity.script.clone(), self.recorder.clone());
        ScriptedClient::new(script, recorder)
    }

    fn finished(&self, answer: Result<Outcome, Error>) -> Result<Finished, Error> {
        match answer {
            Ok(Outcome::Complete(result)) => Ok(Finished::Result(result)),
            Ok(Outcome::InputRequired(asked)) => Ok(Finished::Asked(asked)),
            Ok(_) => Err(other()),
            Err(error) if error.kind() == ErrorKind::InvalidArguments && era::tells_model(self.identity.version) => {
                Ok(Finished::Result(ServerResult::CallTool(CallToolResult::error(error.message()))))
            }
            Err(error) => Err(error),
        }
    }
}

/// How one round of a call ends.
enum Finished {
    Result(ServerResult),
    Asked(Box<InputRequired>),
}

fn value(name: &str, value: impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(value)
        .map_err(|error| Error::invalid_params(format!("`params.{name}` cannot be written as JSON: {error}")))
}

fn endless_list() -> Error {
    Error::internal(format!("the list has more than {MOST_PAGES} pages: does a source of it ever end?"))
}

fn other() -> Error {
    Error::internal("a layer gave an answer to something else")
}

impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClient").field("server", &self.server).finish_non_exhaustive()
    }
}
