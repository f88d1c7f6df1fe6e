//! What the tests share: a server that misbehaves on request, peers that write bytes by hand, and how tests say which
//! requirements they hold.

pub mod asking;
pub mod clients;
pub mod covers;
pub mod fixture;
pub mod messages;
pub mod peer;
pub mod raw_http;
pub mod seen;
pub mod verdict;

/// The program of a page that needs more than the examples do.
#[cfg(doctest)]
#[doc = include_str!("../../docs/logging.md")]
struct Logging;
