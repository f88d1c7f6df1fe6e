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

/// How much is joined to be written at once. A larger frame is written as it is: joined, it would be held twice.
const JOINED: usize = 64 << 10;

/// The frames of a batch as lines, in pieces that are written one after the other: small ones together, large ones by
/// themselves. Each frame is dropped with the piece that it stands in.
pub(super) fn lines(frames: Vec<Bytes>) -> impl Iterator<Item = Bytes> {
    let mut frames = frames.into_iter();
    // Whether the last piece was a frame that has its end of line still before it.
    let mut open = false;
    std::iter::from_fn(move || {
        if !open && frames.as_slice().first().is_some_and(|frame| frame.len() >= JOINED) {
            open = true;
            return frames.next();
        }
        let (count, length) = fitting(frames.as_slice(), usize::from(open));
        let mut out = Vec::with_capacity(length);
        if std::mem::take(&mut open) {
            out.push(b'\n');
        }
        for frame in frames.by_ref().take(count) {
            out.extend_from_slice(&frame);
            out.push(b'\n');
        }
        (!out.is_empty()).then(|| out.into())
    })
}

/// How many of the frames are joined behind `length` bytes, and how much that is together.
fn fitting(frames: &[Bytes], mut length: usize) -> (usize, usize) {
    for (count, frame) in frames.iter().enumerate() {
        let longer = length + frame.len() + 1;
        if longer > JOINED {
            return (count, length);
        }
        length = longer;
    }
    (frames.len(), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_frames_are_joined_and_large_ones_are_not_copied() {
        let frame = |length: usize| Bytes::from(vec![b'x'; length]);
        for lengths in [
            &[][..],
            &[0],
            &[1, 2, 3],
            &[JOINED - 1],
            &[JOINED - 1, 0],
            &[JOINED],
            &[JOINED, JOINED - 1, JOINED, 1],
            &[1, JOINED, 2 * JOINED, 2, 3, JOINED / 2, JOINED / 2, 4],
        ] {
            let frames: Vec<_> = lengths.iter().copied().map(frame).collect();
            let large = frames.iter().filter(|frame| frame.len() >= JOINED).map(|frame| frame.as_ptr());
            let (large, expected): (Vec<_>, _) =
                (large.collect(), frames.iter().map(|frame| [frame, &b"\n"[..]].concat()));
            let expected = expected.collect::<Vec<_>>().concat();
            let pieces: Vec<_> = lines(frames).collect();
            assert!(pieces.concat() == expected, "{lengths:?}");
            let (uncopied, joined): (Vec<_>, Vec<_>) = pieces.iter().partition(|piece| large.contains(&piece.as_ptr()));
            assert_eq!(uncopied.len(), large.len(), "{lengths:?}");
            assert!(joined.iter().all(|piece| (1..=JOINED).contains(&piece.len())), "{lengths:?}");
            assert!(joined.len() <= large.len() + expected.len() / JOINED + 1, "{lengths:?}");
        }
    }
}
