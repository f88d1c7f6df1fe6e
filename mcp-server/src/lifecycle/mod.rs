//! What runs on behalf of a server: how much of it, and how it stops. First no new work, then the end of what is left.

mod signal;
mod tasks;

pub(crate) use signal::{Raised, Signal};
pub(crate) use tasks::{AbortOnDrop, Lifecycle};
