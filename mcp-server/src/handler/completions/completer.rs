//! Functions that complete an argument, and what they may take.

use std::{future::Future, sync::Arc};

use mcp_core::Error;

use super::request::{CompletionFuture, CompletionRequest, IntoCompletion};
use crate::{
    context::{CallGuard, CallScope, Context},
    handler::state::{Missing, State, StateMap},
};

/// A function that completes an argument: `async` or not, it takes any of [`CompletionRequest`], [`Context`] and
/// [`State`], in any order, and returns what is an [`IntoCompletion`].
///
/// `#[arg(complete = function)]` names one, also a method `Self::function` of the block that the handler stands in, which
/// takes `&self`. By hand it is given to [`ServerPrompt::complete_with`](crate::ServerPrompt::complete_with).
///
/// One that is not `async` runs inline and must not block. `M` tells apart what functions take; it is inferred.
#[diagnostic::on_unimplemented(
    message = "this cannot complete an argument",
    label = "no completion",
    note = "what completes an argument takes any of `CompletionRequest`, `Context` and `State<T>` by value, and returns `Vec<String>`, `Vec<&'static str>`, `Completion`, or a `Result` of one of these; a method `Self::name` with `&self` stands in the block of the handler"
)]
pub trait Completer<M>: Send + Sync + 'static {
    #[doc(hidden)]
    fn unbound(self) -> Unbound;
}

/// Answers a request of a client.
pub(super) type Answer = dyn Fn(CompletionRequest, CallScope) -> CompletionFuture + Send + Sync;

/// Gives the answer, once there is shared state.
#[derive(Clone)]
pub struct Unbound(Arc<Bind>);

type Bind = dyn Fn(&StateMap) -> Result<Arc<Answer>, Missing> + Send + Sync;

impl Unbound {
    pub(super) fn bind(&self, states: &StateMap) -> Result<Arc<Answer>, Missing> {
        (self.0)(states)
    }
}

/// What a function that completes may take.
pub trait Input: Sized + Send + 'static {
    /// What is known before any request.
    type Kept: Clone + Send + Sync + 'static;
    /// Whether it is part of a call's context.
    const OF_CONTEXT: bool = false;
    fn keep(states: &StateMap) -> Result<Self::Kept, Missing>;
    /// `None` where there is no context, which no function meets that takes one.
    fn take(kept: Self::Kept, request: &CompletionRequest, context: Option<&Context>) -> Option<Self>;
}

impl Input for CompletionRequest {
    type Kept = ();

    fn keep(_: &StateMap) -> Result<(), Missing> {
        Ok(())
    }

    fn take((): (), request: &CompletionRequest, _: Option<&Context>) -> Option<Self> {
        Some(request.clone())
    }
}

impl Input for Context {
    type Kept = ();
    const OF_CONTEXT: bool = true;

    fn keep(_: &StateMap) -> Result<(), Missing> {
        Ok(())
    }

    fn take((): (), _: &CompletionRequest, context: Option<&Context>) -> Option<Self> {
        context.cloned()
    }
}

impl<T: Clone + Send + Sync + 'static> Input for State<T> {
    type Kept = Self;

    fn keep(states: &StateMap) -> Result<Self, Missing> {
        states.get()
    }

    fn take(kept: Self, _: &CompletionRequest, _: Option<&Context>) -> Option<Self> {
        Some(kept)
    }
}

/// Of functions that return a future.
pub struct Later;

/// Of functions that return the values.
pub struct AtOnce;

/// Opens the context of a call if the function takes one.
fn open(of_context: bool, scope: CallScope) -> (Option<Context>, Option<CallGuard>) {
    if of_context {
        let (context, guard) = Context::open(scope);
        return (Some(context), Some(guard));
    }
    (None, None)
}

fn incomplete() -> Error {
    Error::internal("a completion takes what its call does not have")
}

macro_rules! completers {
    ($($input:ident $kept:ident),*) => {
        impl<F, Fut, $($input),*> Completer<(Later, $($input,)*)> for F
        where
            F: Fn($($input),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output: IntoCompletion> + Send + 'static,
            $($input: Input,)*
        {
            fn unbound(self) -> Unbound {
                let complete = Arc::new(self);
                Unbound(Arc::new(move |_states: &StateMap| {
                    $(let $kept = $input::keep(_states)?;)*
                    let complete = complete.clone();
                    let answer = move |request: CompletionRequest, scope: CallScope| -> CompletionFuture {
                        let complete = complete.clone();
                        $(let $kept = $kept.clone();)*
                        Box::pin(async move {
                            let (_context, guard) = open(false $(|| $input::OF_CONTEXT)*, scope);
                            $(let $kept = $input::take($kept, &request, _context.as_ref()).ok_or_else(incomplete)?;)*
                            drop(request);
                            let returned = complete($($kept),*).await.into_completion();
                            if let Some(guard) = guard {
                                guard.complete();
                            }
                            returned
                        })
                    };
                    Ok(Arc::new(answer) as Arc<Answer>)
                }))
            }
        }

        impl<F, R, $($input),*> Completer<(AtOnce, $($input,)*)> for F
        where
            F: Fn($($input),*) -> R + Send + Sync + 'static,
            R: IntoCompletion + 'static,
            $($input: Input,)*
        {
            fn unbound(self) -> Unbound {
                let later = move |$($kept: $input),*| std::future::ready(self($($kept),*).into_completion());
                Completer::<(Later, $($input,)*)>::unbound(later)
            }
        }
    };
}

completers!();
completers!(A a);
completers!(A a, B b);
completers!(A a, B b, C c);
completers!(A a, B b, C c, D d);
