//! The one place that knows that there are two eras: which one a server speaks, and how to speak it.
//!
//! A server is asked `server/discover` first. What it answers is judged in `verdict`, for pipes and for HTTP alike;
//! `pipe` and `http` add what only their transport can tell:
//!
//! ```text
//! server/discover ─► a result with versions ──────────────► the newest in common, of either era
//!                 ─► an error that names versions ────────► ask once more in one of them; else of the older era
//!                 ─► any other error, or a strange result ► the older era
//!                 ─► pipe: silence, noise, or its end ────► the older era, after an end with a new process
//!                 ─► HTTP: 4xx without a reply ───────────► the older era; 401, 403, 408, 429 and 5xx are errors
//! initialize      ─► HTTP: 400, 404, 405 ──────────────────► the transport of 2024-11-05, if a GET finds its stream
//! ```

#[cfg(feature = "http")]
mod again;
mod channel;
#[cfg(feature = "http")]
mod closing;
#[cfg(feature = "http")]
mod http;
mod identity;
mod legacy;
mod listening;
mod modern;
mod pipe;
mod replied;
#[cfg(feature = "http")]
mod reply;
mod rounds;
mod verdict;

pub(crate) use channel::{Channel, Round};
#[cfg(feature = "http")]
pub(crate) use http::find_over_http;
pub(crate) use identity::{Identity, Server};
pub(crate) use listening::{ChangeStream, Listened, Listening, is_final};
pub(crate) use pipe::{find_again, find_on_pipe};
pub(crate) use replied::Replied;
