//! The top floor: what a `main` calls. Each transport reads frames, hands them on, and writes what comes back.

#[cfg(feature = "http")]
mod connection;
mod error;
#[cfg(feature = "http")]
mod http;
mod in_process;
mod io;
mod lines;
mod pipe;
mod signals;
#[cfg(feature = "http")]
mod socket;
mod stall;
mod stdio;
#[cfg(feature = "http")]
mod timer;
#[cfg(all(unix, feature = "unix-socket"))]
mod unix;

pub use error::{Result, ServeError};
#[cfg(feature = "http")]
pub use http::{HttpListener, HttpService};
#[cfg(all(unix, feature = "unix-socket"))]
pub use unix::UnixSocketListener;
