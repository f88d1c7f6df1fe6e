//! How a server stops: first no new work, then the end of what is left.

mod signal;
mod tasks;

pub(crate) use signal::Signal;
pub(crate) use tasks::Lifecycle;
