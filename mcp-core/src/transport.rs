//! The seam between two peers in one process: a pipe of frames, with no socket and no codec in between.

use bytes::Bytes;
use tokio::sync::mpsc;

/// One end of a two-way pipe of frames, each one JSON-RPC message, without a line end (basic/transports, custom
/// transports). A transport that has frames of its own moves them from and to one end, and hands the other one to a
/// server.
///
/// Both directions are bounded, by [`Pipe::DEPTH`] frames. Dropping an end closes both directions; the server then gives
/// running calls the time that it gives them at the end of input. A peer that does not receive is given up as one on the
/// standard streams that does not read.
///
/// ```
/// use bytes::Bytes;
/// use mcp_core::transport::Pipe;
///
/// let (ours, mut theirs) = Pipe::pair();
/// ours.outgoing.try_send(Bytes::from_static(b"{}")).unwrap();
/// assert_eq!(theirs.incoming.try_recv().unwrap(), "{}");
/// drop(ours);
/// assert!(theirs.outgoing.is_closed());
/// ```
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
    ///
    /// # Panics
    ///
    /// May panic outside of a Tokio runtime.
    fn accept(&self, pipe: Pipe);
}
