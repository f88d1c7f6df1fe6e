//! The server as a program holds it, and servers inside servers.

mod handle;
mod mount;
mod mounted_source;
mod parts;

pub(crate) use mount::join;
pub(crate) use parts::Mount;
pub use parts::{Server, WeakServer};
