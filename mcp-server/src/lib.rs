//! Model Context Protocol servers.

#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)
)]

mod limits;

mod context;

pub use context::Context;
pub use limits::Limits;
