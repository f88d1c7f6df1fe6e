//! From a call to the registry that answers it.

mod complete;
mod guarded;
mod route;

pub(crate) use guarded::{CallFuture, Deadline, guard};
#[cfg(feature = "http")]
pub(crate) use route::LateCheck;
pub(crate) use route::route;
