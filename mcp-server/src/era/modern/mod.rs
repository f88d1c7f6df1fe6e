//! The era in which every request stands alone.

mod discover;
#[cfg(feature = "http")]
mod headers;
mod listen;
mod request;
#[cfg(feature = "http")]
mod stream;
mod words;

#[cfg(feature = "http")]
pub(super) use headers::check_notification;
pub(super) use listen::Listens;
pub(super) use words::Modern;
