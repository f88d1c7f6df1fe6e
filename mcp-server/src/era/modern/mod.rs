//! Serving the era in which every request stands alone.

mod discover;
mod headers;
mod listen;
mod post;

pub(super) use discover::discover;
pub(super) use listen::Listens;
pub(super) use post::{AbortOnDrop, post, status_of};
