//! Serving the era in which every request stands alone.

mod discover;
#[cfg(feature = "http")]
mod headers;
mod last_caller;
mod listen;
#[cfg(feature = "http")]
mod post;

pub(super) use discover::discover;
#[cfg(feature = "http")]
pub(super) use headers::PROTOCOL_VERSION;
pub(crate) use last_caller::LastCaller;
pub(super) use last_caller::read_caller;
pub(super) use listen::Listens;
#[cfg(feature = "http")]
pub(super) use post::{AbortOnDrop, post, status_of};
