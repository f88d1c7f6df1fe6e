//! Layers that are functions.

use std::{
    error::Error as StdError,
    fmt,
    future::Future,
    task::{Context, Poll},
};

use mcp_core::{
    call::{Call, Outcome},
    error::Error,
};
use tower_layer::Layer;
use tower_service::Service;

use super::next::{Next, NextFuture};

/// Makes a layer of an async function that gets each call and the [`Next`] to pass it to.
///
/// ```
/// use mcp_server::{
///     Error, Server,
///     middleware::{Call, Next, Outcome, from_fn},
/// };
///
/// /// Says how long each call took.
/// async fn timed(call: Call, next: Next) -> Result<Outcome, Error> {
///     let (method, name) = (call.method().to_owned(), call.name().map(str::to_owned));
///     let started = std::time::Instant::now();
///     let answer = next.run(call).await;
///     tracing::info!(method, name, elapsed = ?started.elapsed(), failed = answer.is_err(), "call");
///     answer
/// }
///
/// let server = Server::builder("timed", "1.0.0").layer(from_fn(timed)).build();
/// # drop(server);
/// ```
pub fn from_fn<F, A>(function: F) -> FromFnLayer<F>
where
    F: Fn(Call, Next) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<Outcome, Error>> + Send + 'static,
{
    FromFnLayer { function }
}

/// The layer of a function: see [`from_fn`].
#[derive(Clone, Copy)]
pub struct FromFnLayer<F> {
    function: F,
}

/// The service of a function: see [`from_fn`].
#[derive(Clone)]
pub struct FromFn<F> {
    function: F,
    next: Next,
}

impl<F, S> Layer<S> for FromFnLayer<F>
where
    F: Clone,
    S: Service<Call, Response = Outcome> + Clone + Send + Sync + 'static,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    S::Future: Send,
{
    type Service = FromFn<F>;

    fn layer(&self, service: S) -> FromFn<F> {
        FromFn { function: self.function.clone(), next: Next::of(service) }
    }
}

impl<F, A> Service<Call> for FromFn<F>
where
    F: Fn(Call, Next) -> A,
    A: Future<Output = Result<Outcome, Error>> + Send + 'static,
{
    type Response = Outcome;
    type Error = Error;
    type Future = NextFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        Box::pin((self.function)(call, self.next.clone()))
    }
}

impl<F> fmt::Debug for FromFnLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFnLayer")
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFn")
    }
}
