//! One message per line (STDIO-001).

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

/// How much of an over-long line is kept, so that its id can still be found.
const HEAD: usize = 4096;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What came out of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// One line without its end. Never blank.
    Frame(Bytes),
    /// A line beyond the cap. The rest of it is skipped; this is how it began.
    TooLong(Bytes),
}

/// Cuts a stream of bytes into lines of bounded length.
///
/// Ends of line may be `\n` or `\r\n`; blank lines and a byte order mark at the very start are skipped
/// (STDIO-021).
#[derive(Debug)]
pub struct LineDecoder {
    buffer: BytesMut,
    /// How far the buffer has been searched for an end of line.
    searched: usize,
    max: usize,
    skipping: bool,
    started: bool,
}

impl LineDecoder {
    /// A decoder for lines of at most `max` bytes.
    pub fn new(max: usize) -> Self {
        Self { buffer: BytesMut::new(), searched: 0, max, skipping: false, started: false }
    }

    /// Adds bytes that were read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next line, or `None` until more bytes come.
    pub fn next_line(&mut self) -> Option<Line> {
        loop {
            if let Some(end) = memchr(b'\n', &self.buffer[self.searched..]) {
                let line = self.buffer.split_to(self.searched + end);
                self.buffer.advance(1);
                self.searched = 0;
                if std::mem::take(&mut self.skipping) {
                    continue;
                }
                if let Some(line) = self.accept(line.freeze()) {
                    return Some(line);
                }
                continue;
            }
            if self.skipping {
                self.buffer.clear();
                self.searched = 0;
                return None;
            }
            self.searched = self.buffer.len();
            // One byte more for the `\r` that may end the line.
            if self.searched > self.max + 1 {
                self.skipping = true;
                let head = Bytes::copy_from_slice(&self.buffer[..HEAD.min(self.searched)]);
                self.buffer = BytesMut::new();
                self.searched = 0;
                return Some(Line::TooLong(head));
            }
            return None;
        }
    }

    /// The last line, if the stream ended without an end of line.
    pub fn finish(&mut self) -> Option<Line> {
        let rest = self.buffer.split().freeze();
        self.searched = 0;
        if self.skipping { None } else { self.accept(rest) }
    }

    /// A line as it goes out, or `None` if it is blank.
    fn accept(&mut self, mut line: Bytes) -> Option<Line> {
        if !std::mem::replace(&mut self.started, true) && line.starts_with(BOM) {
            line.advance(BOM.len());
        }
        if line.ends_with(b"\r") {
            line.truncate(line.len() - 1);
        }
        if line.len() > self.max {
            return Some(Line::TooLong(line.slice(..HEAD.min(line.len()))));
        }
        if line.iter().all(u8::is_ascii_whitespace) { None } else { Some(Line::Frame(line)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(pieces: &[&[u8]], max: usize) -> Vec<Line> {
        let mut decoder = LineDecoder::new(max);
        let mut lines = Vec::new();
        for piece in pieces {
            decoder.push(piece);
            lines.extend(std::iter::from_fn(|| decoder.next_line()));
        }
        lines.extend(decoder.finish());
        lines
    }

    fn frame(text: &'static str) -> Line {
        Line::Frame(Bytes::from_static(text.as_bytes()))
    }

    /// STDIO-001, STDIO-021.
    #[test]
    fn lines_end_with_lf_or_crlf_or_the_stream_and_blank_ones_are_skipped() {
        let lines = decode(&[b"\xef\xbb\xbf{}\n\r\n  \n[1]\r\n\xef\xbb\xbf2\n3"], 100);
        assert_eq!(lines, [frame("{}"), frame("[1]"), frame("\u{feff}2"), frame("3")]);
    }

    #[test]
    fn a_line_at_the_cap_passes_and_one_beyond_it_costs_only_itself() {
        assert_eq!(decode(&[b"12345\r\n123456\n7\n"], 5), [frame("12345"), Line::TooLong("123456".into()), frame("7")]);
        let mut decoder = LineDecoder::new(10_000);
        let mut seen = Vec::new();
        for _ in 0..1000 {
            decoder.push(&[b'x'; 1000]);
            seen.extend(std::iter::from_fn(|| decoder.next_line()));
            assert!(decoder.buffer.len() <= 11_001);
        }
        assert_eq!(seen, [Line::TooLong(vec![b'x'; HEAD].into())]);
    }

    proptest! {
        #[test]
        fn the_result_does_not_depend_on_how_the_bytes_were_split(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(0xef), Just(b' '), any::<u8>()], 0..80),
            cuts in proptest::collection::vec(0usize..80, 0..6),
        ) {
            let whole = decode(&[&bytes], 20);
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            let heads = |lines: Vec<Line>| -> Vec<(bool, Bytes)> {
                // How much of an over-long line is seen before it is given up depends on the pieces; that it is, does not.
                lines.into_iter().map(|line| match line {
                    Line::Frame(frame) => (true, frame),
                    Line::TooLong(head) => (false, head.slice(..20.min(head.len()))),
                }).collect()
            };
            prop_assert_eq!(heads(decode(&single, 20)), heads(whole.clone()));
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(heads(decode(&pieces, 20)), heads(whole));
        }
    }
}
