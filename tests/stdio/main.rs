//! Pipes: the standard streams of real child processes, and servers in this process.

mod faults;
mod lines;
mod pipelining;
mod protocol;
mod shutdown;

use mcp_tests::{fixture, peer::Peer};

/// The fixture in a child process.
fn child() -> Peer {
    Peer::spawn(env!("CARGO_BIN_EXE_stdio-fixture"))
}

/// The fixture on each kind of pipe.
fn both() -> [Peer; 2] {
    [child(), Peer::in_process(&fixture::server().0)]
}
