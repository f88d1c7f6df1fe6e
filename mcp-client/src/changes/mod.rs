//! What may change on a server, and how news of it reaches those who want to know, whatever it comes by.
//!
//! ```text
//! reader of a pipe, stream over HTTP ── Change ──► Hub ──► Feed of each subscription ──► Subscription
//!                                                          (each change once, until it is taken)
//! ```

mod change;
mod feed;
mod hub;

pub use change::{Change, Changes};
pub(crate) use feed::Feed;
pub(crate) use hub::{Attached, Hub};
