//! The top floor: what a `main` calls. Each transport reads frames, hands them on, and writes what comes back.

mod error;
#[cfg(feature = "http")]
mod http;
mod in_process;
mod lines;
mod pipe;
mod signals;
mod stall;
mod stdio;
#[cfg(feature = "http")]
mod timer;

pub use error::{Result, ServeError};
#[cfg(feature = "http")]
pub use http::{HttpListener, HttpService};
