//! The ways to reach a server: a URL, a child process, a server in this process.

mod child;
mod entry;
#[cfg(feature = "http")]
mod http;
mod in_process;
mod stdio;
