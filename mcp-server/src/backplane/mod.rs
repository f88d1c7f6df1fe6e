//! What outlives a request and is not the client's to carry: marks of what has been done, each with an end.

mod memory;
mod store;

pub(crate) use memory::Memory;
pub(crate) use store::{Backplane, Unavailable};
