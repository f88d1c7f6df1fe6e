//! The era in which every request stands alone.

mod discover;
#[cfg(feature = "http")]
mod headers;
mod listen;
mod request;
#[cfg(feature = "http")]
mod stream;
mod words;

pub(super) use listen::Listens;
pub(super) use words::Modern;
