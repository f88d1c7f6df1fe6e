//! From a call to the registry that answers it.

mod answering;
mod complete;
mod guarded;
mod route;

pub(crate) use answering::{Answering, RunningCall, Way};
pub(crate) use guarded::{CallFuture, Deadline, caught, guard};
pub(crate) use route::route;
