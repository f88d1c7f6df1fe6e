//! The server as a program holds it, and servers inside servers.

mod handle;
mod mount;

pub(crate) use handle::Inner;
pub use handle::{Server, WeakServer};
pub(crate) use mount::{Mount, join};
