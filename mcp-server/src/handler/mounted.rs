//! Handlers of one server that another one offers as its own.

use std::{any::Any, fmt, future::Future, pin::Pin, sync::Arc};

use mcp_core::{
    call::Outcome,
    error::{Error, ErrorKind},
    model::{CacheHint, Request, ServerResult},
};

use super::{
    CallFailure, Listed, ServerPrompt, ServerResource, ServerTool, ToolFuture, Viewer, Visibility, tool::check_name,
};
use crate::{context::CallScope, rounds::Stopped};

/// Where a mounted item comes from.
pub(crate) struct Origin {
    /// The server that it was registered with, erased: this room does not know it.
    pub(crate) server: Arc<dyn Any + Send + Sync>,
    /// What the items are mounted below.
    pub(crate) prefix: Arc<str>,
    /// The way through that server's layers, if it has any.
    pub(crate) layers: Option<Box<Layers>>,
    /// What that server demands of who sees an item.
    pub(crate) visibility: Visibility,
    /// Whether that server masks the texts of errors.
    pub(crate) masks_errors: bool,
    /// How long what is read may be kept, as that server says.
    pub(crate) contents: CacheHint,
}

/// Answers a request within a call of another server.
pub(crate) type Layers = dyn Fn(Request, CallScope) -> OutcomeFuture + Send + Sync;

type OutcomeFuture = Pin<Box<dyn Future<Output = Result<Outcome, Error>> + Send>>;

impl Origin {
    fn visibility<T>(self: &Arc<Self>, item: &T, own: &Visibility) -> Visibility
    where
        T: Clone + Send + Sync + 'static,
        for<'a> Listed<'a>: From<&'a T>,
    {
        let mut visibility = Visibility::default();
        if !(self.visibility.is_open() && own.is_open()) {
            let (origin, item, own) = (self.clone(), item.clone(), own.clone());
            visibility.and(move |viewer: &Viewer<'_>, _| {
                let listed = || Listed::from(&item);
                origin.visibility.shows(viewer, listed()) && own.shows(viewer, listed())
            });
        }
        visibility
    }

    fn enter(&self, scope: CallScope) -> CallScope {
        let masks_errors = scope.masks_errors || self.masks_errors;
        let rounds = scope.rounds.as_ref().map(|rounds| rounds.within(&self.prefix));
        CallScope { server: self.server.clone(), masks_errors, rounds, ..scope }
    }
}

/// The name that an item has where it is mounted.
pub(crate) fn mounted_name(prefix: &str, name: &str) -> String {
    format!("{prefix}_{name}")
}

impl ServerTool {
    /// The same tool below a prefix.
    ///
    /// # Errors
    ///
    /// If no tool may have such a name.
    pub(crate) fn mounted(&self, prefix: &str, origin: &Arc<Origin>) -> Result<Self, String> {
        let name = mounted_name(prefix, &self.definition().name);
        check_name(&name)?;
        let mut definition = (*self.definition).clone();
        definition.tool.name = name;
        let (inner, from) = (self.clone(), origin.clone());
        let handler = move |definition, arguments, scope| -> ToolFuture {
            let scope = from.enter(scope);
            let Some(layers) = &from.layers else { return (inner.handler)(definition, arguments, scope) };
            let name = inner.definition().name.as_str().into();
            let answer = layers(Request::CallTool { name, arguments }, scope);
            Box::pin(async move {
                match answer.await {
                    Ok(Outcome::Complete(ServerResult::CallTool(result))) => Ok(result),
                    Ok(Outcome::InputRequired(asked)) => Err(CallFailure::Asking(asked)),
                    Ok(_) => Err(CallFailure::Protocol(other())),
                    Err(error) if error.kind() == ErrorKind::InvalidArguments => {
                        Err(CallFailure::Arguments(error.message().to_owned()))
                    }
                    Err(error) => Err(CallFailure::Protocol(error)),
                }
            })
        };
        let visibility = origin.visibility(self, &self.visibility);
        Ok(Self { visibility, ..Self::make(definition, Arc::new(handler)) })
    }
}

impl ServerPrompt {
    /// The same prompt below a prefix.
    pub(crate) fn mounted(&self, prefix: &str, origin: &Arc<Origin>) -> Self {
        let (inner, from) = (self.clone(), origin.clone());
        let mut mounted = self.with_handler(move |arguments, scope| {
            let scope = from.enter(scope);
            let Some(layers) = &from.layers else { return inner.call(arguments, scope) };
            let name = inner.definition().name.as_str().into();
            let answer = layers(Request::GetPrompt { name, arguments }, scope);
            Box::pin(async move {
                match answer.await? {
                    Outcome::Complete(ServerResult::GetPrompt(result)) => Ok(result),
                    Outcome::InputRequired(asked) => Err(Stopped::Asking(asked)),
                    _ => Err(other().into()),
                }
            })
        });
        let from = origin.clone();
        mounted.complete_within(move |scope| from.enter(scope));
        mounted.edit().name = mounted_name(prefix, &self.definition().name);
        mounted.visibility = origin.visibility(self, &self.visibility);
        mounted
    }
}

impl ServerResource {
    /// The same resource. It keeps its URI, by which it is known in texts and results as well.
    pub(crate) fn mounted(&self, origin: &Arc<Origin>) -> Self {
        let (inner, from) = (self.clone(), origin.clone());
        let mut mounted = self.with_handler(move |uri, variables, scope| {
            let scope = from.enter(scope);
            let Some(layers) = &from.layers else { return inner.read(uri, variables, scope) };
            let answer = layers(Request::ReadResource { uri }, scope);
            Box::pin(async move {
                match answer.await? {
                    Outcome::Complete(ServerResult::ReadResource(result)) => Ok(result),
                    Outcome::InputRequired(asked) => Err(Stopped::Asking(asked)),
                    _ => Err(other().into()),
                }
            })
        });
        let from = origin.clone();
        mounted.complete_within(move |scope| from.enter(scope));
        mounted.visibility = origin.visibility(self, &self.visibility);
        let (from, of) = (origin.clone(), origin.clone());
        let mounted = mounted.with_lister_of(
            self.clone(),
            move |context| context.within_server(&from.server),
            move |resource, context| of.visibility.shows(&Viewer::of(context.scope()), Listed::Resource(resource)),
        );
        mounted.cache(self.cache_hint().unwrap_or(origin.contents))
    }
}

fn other() -> Error {
    Error::internal("a layer of a mounted server gave an answer to something else")
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").finish_non_exhaustive()
    }
}
