//! The era in which a handshake opens a session.

#[cfg(feature = "http")]
mod entry;
mod handshake;
mod link;
mod request;
mod session;
#[cfg(feature = "http")]
mod sessionless;
#[cfg(feature = "http")]
mod sessions;
#[cfg(feature = "http")]
mod stream;
#[cfg(feature = "http")]
mod sweeper;
mod words;

#[cfg(feature = "http")]
pub(super) use entry::{Absent, NoRoom};
pub(super) use link::SessionLink;
pub(super) use request::cancelled;
pub(super) use session::Session;
#[cfg(feature = "http")]
pub(super) use sessions::Visit;
pub(super) use words::Legacy;
