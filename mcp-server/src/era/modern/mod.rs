//! Serving the era in which every request stands alone.

mod discover;
#[cfg(feature = "http")]
mod headers;
mod listen;
#[cfg(feature = "http")]
mod post;

pub(super) use discover::discover;
pub(super) use listen::Listens;
#[cfg(feature = "http")]
pub(super) use post::{AbortOnDrop, check, post, status_of};
