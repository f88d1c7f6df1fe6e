//! How long things may take: the deadlines of a request, and the pauses before something is tried again.

mod backoff;
mod clock;

pub(crate) use backoff::Backoff;
pub(crate) use clock::{Clock, Pause};
