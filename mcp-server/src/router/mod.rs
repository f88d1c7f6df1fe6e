//! From a call to the registry that answers it.

mod complete;
mod guarded;
mod route;

pub(crate) use guarded::{CallFuture, Deadline, guard};
pub(crate) use route::route;
