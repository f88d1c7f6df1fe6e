//! From a call to the registry that answers it.

mod answering;
mod complete;
mod guarded;
mod route;

pub(crate) use answering::{Answering, Way};
pub(crate) use guarded::{CallFuture, Deadline, Guarded, caught, guard};
pub(crate) use route::route;

/// A call whose handler runs, guarded. Dropping it drops the handler.
pub(crate) type RunningCall = Guarded<Answering>;
