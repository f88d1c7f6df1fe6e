//! Pipes: the standard streams of real child processes, sockets, and servers in this process.

mod asking;
mod faults;
mod isolation;
mod lines;
mod nonblocking;
mod one_era;
mod patience;
mod pipelining;
mod protocol;
mod rejoin;
mod seen;
mod shutdown;
mod streams;
mod unix_sockets;

use std::process::Stdio;

use mcp_tests::{fixture, peer::Peer};
use tokio::process::Command;

/// The fixture as a program.
const FIXTURE: &str = env!("CARGO_BIN_EXE_stdio-fixture");

/// The fixture in a child process.
fn child() -> Peer {
    child_with(&[])
}

/// The same with options.
fn child_with(options: &[&str]) -> Peer {
    Peer::start(Command::new(FIXTURE).args(options).stderr(Stdio::null()))
}

/// The fixture on each kind of pipe.
fn each() -> [Peer; 3] {
    let (server, _) = fixture::server();
    [child(), Peer::on_stream(&server), Peer::in_process(&server)]
}
