//! A stream of bytes as frames: one message per line.

use bytes::{Bytes, BytesMut};
use mcp_core::framing::lines::{Line, LineDecoder};
use tokio_util::sync::CancellationToken;

use super::pipe::Source;

/// How much is read while no message may be taken in, only to see whether the input has ended.
const AHEAD: usize = 1 << 20;

/// Where bytes come from, in pieces of any size.
pub(super) trait Pieces: Send {
    /// A piece that is there already.
    fn ready(&mut self) -> Option<Bytes>;

    /// Waits for the next piece; `None` at the end. Cancel-safe.
    fn next(&mut self) -> impl Future<Output = Option<Bytes>> + Send;

    /// Cancelled when the peer has closed its side, whatever is still to be read; never where that cannot be told.
    /// Asked for only while no message may be taken in.
    fn hang_up(&mut self) -> CancellationToken {
        CancellationToken::new()
    }
}

/// Cuts pieces into lines.
pub(super) struct Lines<P> {
    pieces: P,
    decoder: LineDecoder,
    /// What was read while no line was wanted.
    ahead: BytesMut,
    /// No piece will come any more.
    ended: bool,
    /// A last line without its end counts too; this is after it.
    finished: bool,
}

impl<P: Pieces> Lines<P> {
    /// Lines of at most `max` bytes.
    pub(super) fn new(pieces: P, max: usize) -> Self {
        Self { pieces, decoder: LineDecoder::new(max), ahead: BytesMut::new(), ended: false, finished: false }
    }
}

impl<P: Pieces> Source for Lines<P> {
    fn ready(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.decoder.next_line() {
                return Some(line);
            }
            if !self.ahead.is_empty() {
                self.decoder.push(&std::mem::take(&mut self.ahead));
            } else if self.ended {
                return if std::mem::replace(&mut self.finished, true) { None } else { self.decoder.finish() };
            } else {
                self.decoder.push(&self.pieces.ready()?);
            }
        }
    }

    async fn wait(&mut self) -> bool {
        if self.ended {
            return !self.finished;
        }
        match self.pieces.next().await {
            Some(piece) => self.decoder.push(&piece),
            None => self.ended = true,
        }
        true
    }

    async fn ended(&mut self) {
        let hang_up = self.pieces.hang_up();
        tokio::select! {
            () = hang_up.cancelled() => {}
            () = self.read_ahead() => {}
        }
    }
}

impl<P: Pieces> Lines<P> {
    /// Looks for the end behind what there is no room for. A peer that has sent more than this keeps is not seen to end
    /// here.
    async fn read_ahead(&mut self) {
        while !self.ended {
            if self.ahead.len() >= AHEAD {
                std::future::pending::<()>().await;
            }
            match self.pieces.next().await {
                Some(piece) => self.ahead.extend_from_slice(&piece),
                None => self.ended = true,
            }
        }
    }
}

/// The frames of a batch as lines: one write.
pub(super) fn lines(frames: &[Bytes]) -> Vec<u8> {
    let mut out = Vec::with_capacity(frames.iter().map(|frame| frame.len() + 1).sum());
    for frame in frames {
        out.extend_from_slice(frame);
        out.push(b'\n');
    }
    out
}
