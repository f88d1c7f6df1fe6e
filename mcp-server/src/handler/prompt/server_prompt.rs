//! A prompt: its definition and its handler.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use mcp_core::{
    era::Method,
    error::Error,
    json::RawJson,
    model::{Ask, GetPromptResult, Prompt, PromptArgument},
    schema::Schema,
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::result::IntoPromptResult;
use crate::{
    context::{CallScope, Context},
    handler::{
        arguments::{Variables, decode_strings, is_unit, takes_no_string},
        asks::Asks,
        completions::{Completer, CompletionRequest, Completions, IntoCompletion},
        schema::{Implied, SchemaProblem, input_schema},
        setters::icons_and_meta,
        state::{Binder, SharedState, StateMap, UNBOUND},
        visibility::{Listed, Visibility, visible_if},
    },
    rounds::{Arguments, Stopped, Subject},
};

/// A prompt: a definition that users pick, and the handler that fills it in.
///
/// `#[prompt]` makes one from a function. By hand, the arguments are a type, whose fields become the arguments of the
/// definition, or a map, whose arguments are added one by one:
///
/// ```
/// use std::collections::BTreeMap;
/// use mcp_server::{ServerPrompt, model::PromptArgument};
///
/// let greet = ServerPrompt::new("greet", |arguments: BTreeMap<String, String>| async move {
///     format!("Hello, {}!", arguments["name"])
/// })
/// .argument(PromptArgument::required("name"))
/// .complete_values("name", ["Alice", "Bob"]);
/// assert_eq!(greet.definition().arguments[0].name, "name");
/// ```
///
/// Cheap to clone: clones share the definition and the handler.
#[derive(Clone)]
pub struct ServerPrompt {
    definition: Arc<Prompt>,
    completions: Arc<Completions>,
    handler: Arc<Handler>,
    pub(in crate::handler) visibility: Visibility,
    asks: Asks,
    /// What makes the handler, if it takes shared state and has none yet.
    unbound: Option<Arc<Binder<Handler>>>,
}

/// Starts nothing before it is polled, so that a panic anywhere in a handler is a panic of the future.
type Handler = dyn Fn(Variables, CallScope) -> PromptFuture + Send + Sync;

/// A call under way. Dropping it cancels the handler.
pub(crate) type PromptFuture = Pin<Box<dyn Future<Output = Result<GetPromptResult, Stopped>> + Send>>;

impl ServerPrompt {
    /// A prompt whose handler takes its arguments as one type.
    ///
    /// `()` stands for no arguments. Values arrive as strings; numbers, `bool`s and enums are read from them. An enum's variants complete its
    /// argument.
    ///
    /// # Panics
    ///
    /// If `name` is empty, if the arguments are not an object, or if no string can become one of them.
    #[track_caller]
    pub fn new<A, F, Fut>(name: impl Into<String>, handler: F) -> Self
    where
        A: DeserializeOwned + JsonSchema + 'static,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoPromptResult> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let call = move |strings, scope: CallScope| -> PromptFuture {
            let handler = handler.clone();
            Box::pin(async move {
                if scope.brings_state() {
                    return Err(scope.foreign_state().into());
                }
                let arguments = read::<A>(strings)?;
                Ok(handler(arguments).await.into_prompt_result()?)
            })
        };
        Self::define::<A>(name.into(), Arc::new(call))
    }

    /// A prompt whose handler also takes a [`Context`].
    ///
    /// # Panics
    ///
    /// As [`ServerPrompt::new`].
    #[track_caller]
    pub fn with_context<A, F, Fut>(name: impl Into<String>, handler: F) -> Self
    where
        A: DeserializeOwned + JsonSchema + 'static,
        F: Fn(A, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoPromptResult> + Send + 'static,
    {
        let name = name.into();
        let handler = contextual(name.as_str().into(), handler);
        Self::define::<A>(name, handler)
    }

    /// A prompt whose handler also takes shared state, a [`State`](crate::State) or a tuple of several, and a
    /// [`Context`].
    ///
    /// # Panics
    ///
    /// As [`ServerPrompt::new`]; and what puts it into a server panics if that has no such state.
    #[track_caller]
    pub fn with_state<A, S, F, Fut>(name: impl Into<String>, handler: F) -> Self
    where
        A: DeserializeOwned + JsonSchema + 'static,
        S: SharedState,
        F: Fn(A, S, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoPromptResult> + Send + 'static,
    {
        let (handler, name) = (Arc::new(handler), name.into());
        let of: Arc<str> = name.as_str().into();
        let bind = move |states: &StateMap| {
            let (handler, state) = (handler.clone(), S::find(states)?);
            Ok(contextual(of.clone(), move |arguments: A, context| handler(arguments, state.clone(), context)))
        };
        let refuse = |_, _| -> PromptFuture { Box::pin(std::future::ready(Err(Error::internal(UNBOUND).into()))) };
        Self { unbound: Some(Arc::new(bind)), ..Self::define::<A>(name, Arc::new(refuse)) }
    }

    /// The same prompt with the state that it takes.
    ///
    /// # Errors
    ///
    /// With a sentence that names the prompt and the state, if there is none.
    pub(crate) fn bound(mut self, states: &StateMap) -> Result<Self, String> {
        let what = |this: &Self| format!("prompt `{}`", this.definition.name);
        if let Some(bind) = self.unbound.take() {
            self.handler = bind(states).map_err(|missing| missing.of(&what(&self)))?;
        }
        if self.completions.is_unbound() {
            let bound = Arc::make_mut(&mut self.completions).bind(states);
            bound.map_err(|missing| missing.of(&format!("a completion of {}", what(&self))))?;
        }
        Ok(self)
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a wrong definition is a mistake in the program, told at the caller's line")]
    fn define<A: DeserializeOwned + JsonSchema + 'static>(name: String, handler: Arc<Handler>) -> Self {
        assert!(!name.is_empty(), "a prompt needs a name");
        // The unit type says that there are none, or that they are added one by one.
        let schema = match input_schema::<A>(|_| Implied::Not) {
            Ok((schema, _)) => schema,
            Err(_) if is_unit::<A>() => Schema::no_arguments(),
            Err(SchemaProblem { found }) => panic!(
                "the arguments of prompt `{name}` must be an object, but `{}` is {found}: use a struct with named \
                 fields",
                std::any::type_name::<A>()
            ),
        };
        let mut definition = Prompt::new(name);
        let mut completions = Completions::default();
        if let Some(Value::Object(properties)) = schema.get("properties") {
            definition.arguments = arguments(properties, schema.get("required"));
            completions.set_from_schema(properties);
        }
        if let Some(argument) = definition.arguments.iter().find(|argument| takes_no_string::<A>(&argument.name)) {
            panic!(
                "no string can become the argument `{}` of prompt `{}`, and prompts are given strings: let it be a \
                 `String`, a number, a `bool`, an enum without contents, or an `Option` of one of these",
                argument.name, definition.name
            );
        }
        Self {
            definition: Arc::new(definition),
            completions: Arc::new(completions),
            handler,
            visibility: Visibility::default(),
            asks: Asks::default(),
            unbound: None,
        }
    }

    /// What the prompt asks its clients. One that cannot answer it is refused before the handler runs, and knows what it
    /// would have to declare; as [`ServerTool::asks`](crate::ServerTool::asks).
    #[must_use]
    pub fn asks(mut self, asks: impl IntoIterator<Item = Ask>) -> Self {
        self.asks.extend(asks);
        self
    }

    /// The name to show to a human.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.edit().title = Some(title.into());
        self
    }

    /// What the prompt is for.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.edit().description = Some(description.into());
        self
    }

    /// Adds an argument, or replaces what is said about one.
    #[must_use]
    pub fn argument(mut self, argument: PromptArgument) -> Self {
        let arguments = &mut self.edit().arguments;
        match arguments.iter_mut().find(|known| known.name == argument.name) {
            Some(known) => *known = argument,
            None => arguments.push(argument),
        }
        self
    }

    /// Completes an argument with what a function finds.
    ///
    /// ```
    /// use mcp_server::{CompletionRequest, ServerPrompt, model::PromptArgument};
    ///
    /// ServerPrompt::new("greet", |_: ()| async { "Hello!" })
    ///     .argument(PromptArgument::new("name"))
    ///     .complete("name", |request: CompletionRequest| async move { vec![format!("{}son", request.value)] });
    /// ```
    ///
    /// # Panics
    ///
    /// If the prompt has no such argument.
    #[must_use]
    #[track_caller]
    pub fn complete<F, Fut>(mut self, argument: &str, complete: F) -> Self
    where
        F: Fn(CompletionRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoCompletion> + Send + 'static,
    {
        self.check_argument(argument);
        Arc::make_mut(&mut self.completions).set(argument.to_owned(), complete);
        self
    }

    /// Completes an argument with a function that takes what it names: a [`CompletionRequest`], a [`Context`], and shared
    /// state. It need not be `async`; see [`Completer`].
    ///
    /// ```
    /// use mcp_server::{CompletionRequest, ServerPrompt, State, model::PromptArgument};
    ///
    /// fn names(State(known): State<Vec<String>>, request: CompletionRequest) -> Vec<String> {
    ///     known.into_iter().filter(|name| name.starts_with(&request.value)).collect()
    /// }
    ///
    /// ServerPrompt::new("greet", |_: ()| async { "Hello!" })
    ///     .argument(PromptArgument::new("name"))
    ///     .complete_with("name", names);
    /// ```
    ///
    /// # Panics
    ///
    /// If the prompt has no such argument.
    #[must_use]
    #[track_caller]
    pub fn complete_with<M>(mut self, argument: &str, complete: impl Completer<M>) -> Self {
        self.check_argument(argument);
        Arc::make_mut(&mut self.completions).set_with(argument.to_owned(), complete);
        self
    }

    /// Completes an argument with those of these values that begin with what is there, then those that hold it.
    ///
    /// # Panics
    ///
    /// If the prompt has no such argument.
    #[must_use]
    #[track_caller]
    pub fn complete_values(mut self, argument: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.check_argument(argument);
        let values = values.into_iter().map(Into::into).collect();
        Arc::make_mut(&mut self.completions).set_values(argument.to_owned(), values);
        self
    }

    /// What lists show.
    pub fn definition(&self) -> &Prompt {
        &self.definition
    }

    /// What completes the arguments, if anything does.
    pub(crate) fn completions(&self) -> Option<&Completions> {
        Some(&*self.completions).filter(|completions| !completions.is_empty())
    }

    pub(crate) fn has_argument(&self, name: &str) -> bool {
        self.definition.arguments.iter().any(|argument| argument.name == name)
    }

    /// Fills the prompt in. Every required argument that is missing is told at once (2026-07-28, server/prompts, "Error
    /// Handling").
    pub(crate) fn call(&self, arguments: Variables, scope: CallScope) -> PromptFuture {
        let required = self.definition.arguments.iter().filter(|argument| argument.required);
        let missing: Vec<String> = required
            .filter(|argument| !arguments.contains_key(&argument.name))
            .map(|argument| format!("`{}`", argument.name))
            .collect();
        if !missing.is_empty() {
            let text = format!("prompt `{}` needs {}", self.definition.name, missing.join(", "));
            return Box::pin(std::future::ready(Err(Error::invalid_params(text).into())));
        }
        if let Some(missing) = self.asks.missing(&scope) {
            return Box::pin(std::future::ready(Err(missing.of_request().into())));
        }
        (self.handler)(arguments, scope)
    }

    /// The same prompt with another handler.
    pub(in crate::handler) fn with_handler(
        &self,
        handler: impl Fn(Variables, CallScope) -> PromptFuture + Send + Sync + 'static,
    ) -> Self {
        Self { handler: Arc::new(handler), unbound: None, ..self.clone() }
    }

    /// Completes within another server than that which is asked.
    pub(in crate::handler) fn complete_within(
        &mut self,
        enter: impl Fn(CallScope) -> CallScope + Clone + Send + Sync + 'static,
    ) {
        if !self.completions.is_empty() {
            self.completions = Arc::new(self.completions.within(enter));
        }
    }

    #[track_caller]
    fn check_argument(&self, name: &str) {
        assert!(self.has_argument(name), "prompt `{}` has no argument `{name}` to complete", self.definition.name);
    }

    pub(in crate::handler) fn edit(&mut self) -> &mut Prompt {
        Arc::make_mut(&mut self.definition)
    }
}

/// The handler of a prompt that takes a context.
fn contextual<A, F, Fut>(name: Arc<str>, handler: F) -> Arc<Handler>
where
    A: DeserializeOwned + 'static,
    F: Fn(A, Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoPromptResult> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |strings, mut scope: CallScope| -> PromptFuture {
        let (handler, name) = (handler.clone(), name.clone());
        Box::pin(async move {
            let kept = kept(&strings, &scope);
            let arguments = read::<A>(strings)?;
            let method = Method::GetPrompt.name();
            let subject = Subject { method, name: &name, arguments: &kept, takes_answers_ahead: false };
            let resumed = scope.resume(&subject)?;
            let (context, guard) = Context::open_resumed(scope, resumed);
            let returned = guard.run(&subject, handler(arguments, context)).await?;
            Ok(returned.into_prompt_result()?)
        })
    })
}

/// The arguments as the rounds of the call need them.
fn kept(strings: &Variables, scope: &CallScope) -> Arguments {
    if scope.rounds.is_none() {
        return Arguments::None;
    }
    // Strings can always be written.
    RawJson::from_value(strings).map_or(Arguments::None, |json| Arguments::keep(json, true))
}

fn read<A: DeserializeOwned>(strings: Variables) -> Result<A, Error> {
    decode_strings(strings).map_err(|problem| Error::invalid_params(format!("`params.arguments`: {problem}")))
}

fn arguments(properties: &Map<String, Value>, required: Option<&Value>) -> Vec<PromptArgument> {
    let is_required =
        |name: &str| required.and_then(Value::as_array).is_some_and(|names| names.iter().any(|n| n == name));
    let text = |schema: &Value, key: &str| schema.get(key).and_then(Value::as_str).map(str::to_owned);
    let argument = |(name, schema): (&String, &Value)| {
        let mut argument = PromptArgument::new(name);
        argument.title = text(schema, "title");
        argument.description = text(schema, "description");
        argument.required = is_required(name);
        argument
    };
    properties.iter().map(argument).collect()
}

icons_and_meta!(ServerPrompt);
visible_if!(ServerPrompt);

impl<'a> From<&'a ServerPrompt> for Listed<'a> {
    fn from(prompt: &'a ServerPrompt) -> Self {
        Self::Prompt(prompt.definition())
    }
}

impl fmt::Debug for ServerPrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerPrompt").field("definition", &self.definition).finish_non_exhaustive()
    }
}
