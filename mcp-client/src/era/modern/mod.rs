//! 2026-07-28 and later: every request is complete in itself, and changes come on a stream that is asked for.

#[cfg(feature = "http")]
mod headers;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
mod http_listen;
mod listen;
#[cfg(feature = "http")]
mod mirror;
mod pipe;
#[cfg(feature = "http")]
mod reopening;

#[cfg(feature = "http")]
pub(super) use headers::headers;
#[cfg(feature = "http")]
pub(super) use http::HttpChannel;
pub(super) use pipe::{PipeChannel, open_pipe};
