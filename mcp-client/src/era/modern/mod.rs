//! 2026-07-28 and later: every request is complete in itself, and changes come on a stream that is asked for.

#[cfg(feature = "http")]
mod http;
mod listen;
mod pipe;

#[cfg(feature = "http")]
pub(super) use http::{HttpChannel, headers};
pub(super) use pipe::{PipeChannel, open_pipe};

use mcp_core::{ProtocolVersion, era::modern::Discovered};

use super::Server;

pub(super) fn server(version: ProtocolVersion, discovered: Discovered) -> Server {
    let Discovered { versions: _, capabilities, instructions, server } = discovered;
    Server { version, info: server, capabilities, instructions }
}
