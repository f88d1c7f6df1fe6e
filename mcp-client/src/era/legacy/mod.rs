//! 2024-11-05 to 2025-11-25: a handshake opens a session, and changes are sent to whoever is there.

mod handshake;
#[cfg(feature = "http")]
mod http;
mod listen;
mod pipe;
#[cfg(feature = "http")]
mod session;
#[cfg(feature = "http")]
mod sse;
#[cfg(feature = "http")]
mod stream;
#[cfg(feature = "http")]
mod subscribed;

#[cfg(feature = "http")]
pub(super) use http::{HttpChannel, open_http};
pub(super) use pipe::{PipeChannel, open_pipe};
#[cfg(feature = "http")]
pub(super) use sse::{may_be_of_2024, open_sse};
