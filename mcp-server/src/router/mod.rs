//! From a call to the registry that answers it.

mod answering;
mod complete;
mod guarded;
mod route;
mod shorten;
mod unknown;

pub(crate) use answering::{Answering, RunningCall, Way};
#[cfg(feature = "middleware")]
pub(crate) use guarded::CallFuture;
pub(crate) use guarded::{Deadline, Terms, caught, guard};
pub(crate) use route::route;
