//! A tool: its definition and its handler.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use mcp_core::{
    era::Method,
    error::Error,
    header::Mirror,
    json::RawJson,
    model::{Ask, CallToolResult, Tool, ToolAnnotations},
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::{
    definition::Definition,
    result::{IntoToolResult, Returned},
};
use crate::{
    context::{CallScope, Context},
    handler::{
        arguments::{decode, decodes},
        call_failure::CallFailure,
        or_panic::or_panic,
        setters::icons_and_meta,
        state::{Binder, SharedState, StateMap, UNBOUND},
        visibility::{Listed, Visibility, visible_if},
    },
    rounds::{Arguments, Once, Resumed, Subject, begin_once},
};

/// A tool: a definition that models read, and the handler that answers calls.
///
/// `#[tool]` makes one from a function. This is what it writes, for tools that are made while the program runs:
///
/// ```
/// use mcp_server::ServerTool;
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// #[serde(deny_unknown_fields)]
/// struct AddArgs {
///     /// First addend.
///     a: i64,
///     /// Second addend.
///     b: i64,
/// }
///
/// let add = ServerTool::new("add", |args: AddArgs| async move { args.a + args.b }).description("Adds two numbers.");
/// assert_eq!(add.definition().name, "add");
/// ```
///
/// Cheap to clone: clones share the definition and the handler.
#[derive(Clone)]
pub struct ServerTool {
    pub(in crate::handler) definition: Arc<Definition>,
    pub(in crate::handler) handler: Arc<Handler>,
    pub(in crate::handler) visibility: Visibility,
    /// What makes the handler, if it takes shared state and has none yet.
    pub(in crate::handler) unbound: Option<Arc<Binder<Handler>>>,
}

/// Starts nothing before it is polled, so that a panic anywhere in a handler is a panic of the future.
pub(in crate::handler) type Handler = dyn Fn(Arc<Definition>, RawJson, CallScope) -> ToolFuture + Send + Sync;

/// A call under way. Dropping it cancels the handler.
pub(crate) type ToolFuture = Pin<Box<dyn Future<Output = Result<CallToolResult, CallFailure>> + Send>>;

impl ServerTool {
    /// A tool whose handler takes its arguments as one type.
    ///
    /// The type's schema becomes the input schema: fields are arguments, their doc comments are descriptions.
    /// Let it refuse unknown fields (`#[serde(deny_unknown_fields)]`), so that a misspelt argument is told.
    ///
    /// # Panics
    ///
    /// If `name` is not 1 to 128 of `A-Z a-z 0-9 _ - .`, if the arguments are not an object, if a field has an
    /// `x-mcp-header` that is not allowed (2026-07-28, server/tools, "x-mcp-header"; 2026-07-28,
    /// basic/transports/streamable-http, "Schema Extension"), or if a schema cannot be used: it refers to somewhere
    /// else, it has no bound, or it is wrong. Without the feature `json-schema` also if a schema says more than its
    /// type enforces.
    #[track_caller]
    pub fn new<A, F, Fut>(name: impl Into<String>, handler: F) -> Self
    where
        A: DeserializeOwned + JsonSchema + 'static,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let call = move |definition: Arc<Definition>, json: RawJson, scope: CallScope| -> ToolFuture {
            let (handler, masks) = (handler.clone(), scope.masks_errors);
            if scope.brings_state() {
                return refuse_resumed(&scope);
            }
            Box::pin(async move {
                let arguments = decode::<A>(&definition, &json)?;
                drop(json);
                let returned = match handler(arguments).await.returned() {
                    Returned::Now(result) => result,
                    Returned::Later(result) => result.await,
                };
                definition.finish(returned, masks)
            })
        };
        let definition = or_panic(Definition::of_types::<A, Fut::Output>(name.into(), &decodes::<A>));
        Self::make(definition, Arc::new(call))
    }

    /// A tool whose handler also takes a [`Context`]: who calls, where progress goes, when the call is cancelled.
    ///
    /// ```
    /// use mcp_server::{Context, ServerTool};
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct CountArgs {
    ///     to: u32,
    /// }
    ///
    /// ServerTool::with_context("count", |args: CountArgs, ctx: Context| async move {
    ///     for n in 0..args.to {
    ///         ctx.progress(n.into(), f64::from(args.to), "").await;
    ///     }
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// As [`ServerTool::new`].
    #[track_caller]
    pub fn with_context<A, F, Fut>(name: impl Into<String>, handler: F) -> Self
    where
        A: DeserializeOwned + JsonSchema + 'static,
        F: Fn(A, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        let definition = or_panic(Definition::of_types::<A, Fut::Output>(name.into(), &decodes::<A>));
        Self::make(definition, with_context(handler))
    }

    /// A tool whose handler also takes shared state, a [`State`](crate::State) or a tuple of several, and a [`Context`].
    ///
    /// ```
    /// use mcp_server::{Context, Server, ServerTool, State};
    ///
    /// let greet = ServerTool::with_state("greet", |(): (), State(name): State<String>, _: Context| async move {
    ///     format!("Hello, {name}!")
    /// });
    /// let server = Server::builder("greeter", "1.0.0").state("Alice".to_owned()).tools([greet]).build();
    /// # drop(server);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`ServerTool::new`]; and what puts it into a server panics if that has no such state.
    #[track_caller]
    pub fn with_state<A, S, F, Fut>(name: impl Into<String>, handler: F) -> Self
    where
        A: DeserializeOwned + JsonSchema + 'static,
        S: SharedState,
        F: Fn(A, S, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoToolResult> + Send + 'static,
    {
        let definition = or_panic(Definition::of_types::<A, Fut::Output>(name.into(), &decodes::<A>));
        let handler = Arc::new(handler);
        let bind = move |states: &StateMap| {
            let (handler, state) = (handler.clone(), S::find(states)?);
            Ok(with_context(move |arguments: A, context| handler(arguments, state.clone(), context)))
        };
        let refuse = |_, _, _| -> ToolFuture {
            Box::pin(std::future::ready(Err(CallFailure::Protocol(Error::internal(UNBOUND)))))
        };
        Self { unbound: Some(Arc::new(bind)), ..Self::make(definition, Arc::new(refuse)) }
    }

    pub(in crate::handler) fn make(definition: Definition, handler: Arc<Handler>) -> Self {
        Self { definition: Arc::new(definition), handler, visibility: Visibility::default(), unbound: None }
    }

    /// The same tool with the state that it takes.
    ///
    /// # Errors
    ///
    /// With a sentence that names the tool and the state, if there is none.
    pub(crate) fn bound(mut self, states: &StateMap) -> Result<Self, String> {
        if let Some(bind) = self.unbound.take() {
            self.handler = bind(states).map_err(|missing| missing.of(&format!("tool `{}`", self.definition().name)))?;
        }
        Ok(self)
    }

    /// Takes an argument by another name too, which no list shows.
    ///
    /// ```
    /// use mcp_server::ServerTool;
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// #[serde(deny_unknown_fields)]
    /// struct PaintArgs {
    ///     color: String,
    /// }
    ///
    /// let paint = ServerTool::new("paint", |args: PaintArgs| async move { args.color }).argument_alias("colour", "color");
    /// # drop(paint);
    /// ```
    ///
    /// `#[serde(alias = "colour")]` on a parameter of a `#[tool]` says so too.
    ///
    /// # Panics
    ///
    /// If the tool has no argument `name`, or one that is called `alias`.
    #[must_use]
    #[track_caller]
    pub fn argument_alias(mut self, alias: impl Into<String>, name: impl Into<String>) -> Self {
        or_panic(Arc::make_mut(&mut self.definition).add_alias(alias.into(), name.into()));
        self
    }

    /// The name to show to a human.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.edit().title = Some(title.into());
        self
    }

    /// What the tool does, for the model.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.edit().description = Some(description.into());
        self
    }

    /// Hints about the tool's behaviour.
    #[must_use]
    pub fn annotations(mut self, annotations: ToolAnnotations) -> Self {
        self.edit().annotations = Some(annotations);
        self
    }

    /// What the tool asks its clients. One that cannot answer it is refused before the handler runs, and knows what it
    /// would have to declare (2026-07-28, basic, "`_meta`"). What is not said here is looked at where it is asked.
    ///
    /// `#[tool(asks(elicitation))]` says it too.
    ///
    /// ```
    /// use mcp_server::{Ask, Context, ServerTool, ToolError};
    ///
    /// let remove = ServerTool::with_context("remove", |(): (), ctx: Context| async move {
    ///     let answer = ctx.confirm("sure", "Remove everything?").await?;
    ///     Ok::<_, ToolError>(if answer.accepted() == Some(true) { "removed" } else { "kept" })
    /// });
    /// let remove = remove.asks([Ask::Elicitation]).once();
    /// # drop(remove);
    /// ```
    #[must_use]
    pub fn asks(mut self, asks: impl IntoIterator<Item = Ask>) -> Self {
        Arc::make_mut(&mut self.definition).asks.extend(asks);
        self
    }

    /// Lets a call that has asked its client count once. Where the client answers by making the call again, it could make
    /// it twice with the same answers: because it lost the result, or on purpose. With this the handler runs to its end
    /// once; who makes the very same call again within a minute gets the same result, and whoever brings other answers, or
    /// comes later, is refused. A handler that fails, or asks another question, may run again.
    ///
    /// Recommended for whatever is [destructive](ToolAnnotations::destructive_hint). `#[tool(once)]` says it too. The guarantee
    /// holds within one process.
    #[must_use]
    pub fn once(mut self) -> Self {
        Arc::make_mut(&mut self.definition).once = true;
        self
    }

    /// Takes answers that come with the first request of a call, from a client that knows the keys of the questions: a
    /// script, or a client that asked its user beforehand. Without this the questions are asked all the same, because an
    /// answer without the state that came with its question is an answer to nothing. With it what is asked and answered in
    /// one exchange need not be sent twice (2026-07-28, basic/patterns/mrtr, where the state is the server's choice).
    ///
    /// Not for consent: nothing says which question the user saw. A tool that says [`once`](Self::once) takes none.
    #[must_use]
    pub fn answers_ahead(mut self) -> Self {
        Arc::make_mut(&mut self.definition).takes_answers_ahead = true;
        self
    }

    /// What lists show.
    pub fn definition(&self) -> &Tool {
        &self.definition.tool
    }

    /// Answers one call. `arguments` is a JSON object; the future does nothing until it is polled.
    pub(crate) fn call(&self, arguments: RawJson, scope: CallScope) -> ToolFuture {
        if let Some(missing) = self.definition.asks.missing(&scope) {
            return Box::pin(std::future::ready(Err(missing.of_tool())));
        }
        (self.handler)(self.definition.clone(), arguments, scope)
    }

    /// The arguments that headers repeat, if there are any (2026-07-28, basic/transports/streamable-http, "Server
    /// Behavior for Custom Headers").
    pub(crate) fn mirror(&self) -> Option<&Mirror> {
        self.definition.mirror.as_deref()
    }

    fn edit(&mut self) -> &mut Tool {
        &mut Arc::make_mut(&mut self.definition).tool
    }
}

icons_and_meta!(ServerTool);
visible_if!(ServerTool);

impl<'a> From<&'a ServerTool> for Listed<'a> {
    fn from(tool: &'a ServerTool) -> Self {
        Self::Tool(tool.definition())
    }
}

impl fmt::Debug for ServerTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTool").field("definition", self.definition()).finish_non_exhaustive()
    }
}

/// The method by which tools are called.
const CALL: &str = Method::CallTool.name();

/// A round of a tool that counts once.
enum LastRound {
    /// It runs. `None` if no client makes this call again.
    Runs(Option<(Box<Resumed>, Once)>),
    /// It has run, with this result.
    Was(CallToolResult),
}

async fn last_round(definition: &Definition, json: &RawJson, scope: &mut CallScope) -> Result<LastRound, Error> {
    let kept = Arguments::keep(json.clone(), true);
    // A state must come: what came ahead could come again.
    let name = &definition.tool.name;
    let subject = Subject { method: CALL, name, arguments: &kept, takes_answers_ahead: false };
    let (Some(mut resumed), Some(rounds)) = (scope.resume(&subject)?, &scope.rounds) else {
        return Ok(LastRound::Runs(None));
    };
    Ok(match begin_once(rounds.terms(), &mut resumed).await? {
        Ok(once) => LastRound::Runs(Some((resumed, once))),
        Err(answer) => LastRound::Was(answer),
    })
}

/// The answer to a client that brings answers to a handler which asks nothing.
#[cold]
fn refuse_resumed(scope: &CallScope) -> ToolFuture {
    Box::pin(std::future::ready(Err(CallFailure::Protocol(scope.foreign_state()))))
}

/// The handler of a tool that takes a context.
pub(in crate::handler) fn with_context<A, F, Fut>(handler: F) -> Arc<Handler>
where
    A: DeserializeOwned + 'static,
    F: Fn(A, Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoToolResult> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |definition: Arc<Definition>, json: RawJson, scope| -> ToolFuture {
        let handler = handler.clone();
        Box::pin(async move {
            let mut scope = scope;
            // Before the arguments are there, which may not be taken across a wait.
            let once = match definition.once && scope.resume.is_some() {
                true => match Box::pin(last_round(&definition, &json, &mut scope)).await? {
                    LastRound::Runs(once) => once,
                    LastRound::Was(answer) => return Ok(answer),
                },
                false => None,
            };
            let arguments = decode::<A>(&definition, &json)?;
            let kept = Arguments::keep(json, scope.rounds.is_some());
            let takes_answers_ahead = definition.takes_answers_ahead;
            let subject = Subject { method: CALL, name: &definition.tool.name, arguments: &kept, takes_answers_ahead };
            let (resumed, once) = match once {
                Some((resumed, once)) => (Some(resumed), Some(once)),
                None => (scope.resume(&subject)?, None),
            };
            let masks = scope.masks_errors;
            let (context, guard) = Context::open_resumed(scope, resumed);
            let running = handler(arguments, context);
            let running = async move {
                match running.await.returned() {
                    Returned::Now(result) => result,
                    Returned::Later(result) => result.await,
                }
            };
            let returned = guard.run(&subject, running).await?;
            let result = definition.finish(returned, masks)?;
            if let Some(once) = once {
                Box::pin(once.complete(&result)).await?;
            }
            Ok(result)
        })
    })
}
