//! Where this thread is: inside of which call's handler, and inside of a step.

use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

thread_local! {
    /// The address of the round whose handler is polled; 0 for none.
    static HANDLER: Cell<usize> = const { Cell::new(0) };
    /// The address of the round whose step is polled; 0 for none.
    static STEP: Cell<usize> = const { Cell::new(0) };
}

/// While it lives, this thread polls a handler. Handlers may poll others.
pub(super) struct Inside {
    outer: usize,
}

impl Inside {
    #[inline]
    pub(super) fn of<T>(round: &T) -> Self {
        // A thread that ends polls no handler.
        Self { outer: HANDLER.try_with(|handler| handler.replace(address(round))).unwrap_or_default() }
    }
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        let _ = HANDLER.try_with(|handler| handler.set(self.outer));
    }
}

/// Whether this thread polls the handler of that round, and not a task which that has started.
pub(super) fn is_inside<T>(round: &T) -> bool {
    HANDLER.try_with(Cell::get).is_ok_and(|handler| handler == address(round))
}

fn address<T>(round: &T) -> usize {
    std::ptr::from_ref(round).addr()
}

/// Whether this thread polls a step of that round. A step may call another server, whose handlers have rounds of their own.
pub(super) fn is_in_step<T>(round: &T) -> bool {
    STEP.try_with(Cell::get).is_ok_and(|step| step == address(round))
}

pin_project! {
    /// A future that runs as a step.
    pub(crate) struct InStep<F> {
        #[pin]
        step: F,
        round: usize,
    }
}

impl<F> InStep<F> {
    pub(crate) fn new<T>(step: F, round: &T) -> Self {
        Self { step, round: address(round) }
    }
}

struct StepEnd(usize);

impl Drop for StepEnd {
    fn drop(&mut self) {
        let _ = STEP.try_with(|step| step.set(self.0));
    }
}

impl<F: Future> Future for InStep<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _end = StepEnd(STEP.try_with(|step| step.replace(*this.round)).unwrap_or_default());
        this.step.poll(cx)
    }
}
