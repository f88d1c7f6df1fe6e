//! The seam between two peers in one process: a pipe of frames, with no socket and no codec in between.

use bytes::Bytes;
use tokio::sync::mpsc;

/// One end of a two-way pipe of frames, each one JSON-RPC message (STDIO-019 without the line ends).
///
/// Both directions are bounded. Dropping an end closes both directions.
#[derive(Debug)]
pub struct Pipe {
    /// Frames from the peer; `None` when it is gone.
    pub incoming: mpsc::Receiver<Bytes>,
    /// Frames to the peer.
    pub outgoing: mpsc::Sender<Bytes>,
}

impl Pipe {
    /// How many frames wait in each direction before the sender does.
    pub const DEPTH: usize = 64;

    /// Two ends that are connected.
    pub fn pair() -> (Self, Self) {
        let (to_right, from_left) = mpsc::channel(Self::DEPTH);
        let (to_left, from_right) = mpsc::channel(Self::DEPTH);
        (Self { incoming: from_right, outgoing: to_right }, Self { incoming: from_left, outgoing: to_left })
    }
}

/// Serves peers over pipes: what a client connects to when both are in one process.
pub trait Accept {
    /// Serves the peer at the other end until it closes the pipe. Returns at once; the work happens in a task of
    /// its own, so this must be called inside a Tokio runtime.
    fn accept(&self, pipe: Pipe);
}
