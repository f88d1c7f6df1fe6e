//! What a layer wraps: the rest of the way to the handler, as a service.

use std::{
    any::Any,
    error::Error as StdError,
    fmt,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use mcp_core::{
    call::{Call, Outcome},
    error::Error,
};
use tower_service::Service;

use crate::{handler::logged, router::CallFuture};

/// The rest of a call's way to its handler: the layers further in, then the router.
///
/// A [`Service`] of [`Call`], always ready. Clones are handles to the same.
#[derive(Clone)]
pub struct Next {
    stage: Arc<dyn Stage>,
}

/// A call on its way to its answer. Dropping it drops the handler.
pub type NextFuture = CallFuture;

/// One step of the way.
trait Stage: Send + Sync {
    fn run(&self, call: Call) -> CallFuture;
}

/// The end of the way: answers a call without any layer.
pub(crate) struct Route<F>(pub(crate) F);

impl<F: Fn(Call) -> CallFuture + Send + Sync> Stage for Route<F> {
    fn run(&self, call: Call) -> CallFuture {
        self.0(call)
    }
}

/// A layer that waits for what it wraps.
pub(crate) struct Layered(Box<dyn FnOnce(Next) -> Next + Send + Sync>);

impl Layered {
    pub(crate) fn new(wrap: impl FnOnce(Next) -> Next + Send + Sync + 'static) -> Self {
        Self(Box::new(wrap))
    }

    pub(crate) fn around(self, next: Next) -> Next {
        (self.0)(next)
    }
}

impl fmt::Debug for Layered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Layered")
    }
}

/// A layer's service.
struct Wrapped<S>(S);

impl<S> Stage for Wrapped<S>
where
    S: Service<Call, Response = Outcome> + Clone + Send + Sync + 'static,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    S::Future: Send,
{
    fn run(&self, call: Call) -> CallFuture {
        let mut service = self.0.clone();
        Box::pin(async move {
            poll_fn(|cx| service.poll_ready(cx)).await.map_err(refused)?;
            service.call(call).await.map_err(refused)
        })
    }
}

impl Next {
    /// The end of the way.
    pub(crate) fn new<F: Fn(Call) -> CallFuture + Send + Sync + 'static>(route: Route<F>) -> Self {
        Self { stage: Arc::new(route) }
    }

    /// The way that begins with `service`.
    pub(crate) fn of<S>(service: S) -> Self
    where
        S: Service<Call, Response = Outcome> + Clone + Send + Sync + 'static,
        S::Error: Into<Box<dyn StdError + Send + Sync>>,
        S::Future: Send,
    {
        match (&service as &dyn Any).downcast_ref::<Self>() {
            Some(next) => next.clone(),
            None => Self { stage: Arc::new(Wrapped(service)) },
        }
    }

    /// Runs the rest of the way.
    ///
    /// # Errors
    ///
    /// What the caller is told: those of the handler, of the router, and of layers further in.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handler.
    pub async fn run(self, call: Call) -> Result<Outcome, Error> {
        self.stage.run(call).await
    }
}

impl Service<Call> for Next {
    type Response = Outcome;
    type Error = Error;
    type Future = NextFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        self.stage.run(call)
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Next")
    }
}

/// An [`Error`] goes out as it is. Of anything else the caller learns no more than that the call was refused.
fn refused(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
    match error.into().downcast::<Error>() {
        Ok(error) => *error,
        Err(reason) => {
            let reference = logged("layer", &*reason);
            Error::internal(format!("the call was refused by the server: its log says why, under {reference}"))
        }
    }
}
