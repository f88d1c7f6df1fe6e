//! The ways to reach a server: a URL, a child process, a stream of bytes, a Unix socket, a server in this process.

mod child;
mod entry;
mod exits;
#[cfg(feature = "http")]
mod http;
mod in_process;
mod io;
mod stderr_lines;
mod stdio;
mod tail;
#[cfg(unix)]
mod unix;
