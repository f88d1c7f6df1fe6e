//! One message per line.

use bytes::{Buf, Bytes};
use memchr::memchr;

use crate::jsonrpc::{Outline, OutlineScanner};

const BOM: &[u8] = b"\xef\xbb\xbf";
/// How much memory the buffer keeps between lines, in bytes.
const KEPT: usize = 64 << 10;

/// What came out of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// One line without its end. Never blank. Its memory is its own, and at most twice its length.
    Frame(Bytes),
    /// A line beyond the cap has passed: what could be told of it. It was not kept.
    TooLong(Outline),
}

/// Cuts a stream of bytes into lines of bounded length.
///
/// Ends of line may be `\n` or `\r\n`; blank lines and a byte order mark at the very start are skipped.
#[derive(Debug)]
pub struct LineDecoder {
    buffer: Vec<u8>,
    /// How much of the buffer has gone out as lines.
    read: usize,
    /// How far the buffer has been searched for an end of line.
    searched: usize,
    max: usize,
    /// Watches a line beyond the cap pass by.
    skipping: Option<OutlineScanner>,
    started: bool,
}

impl LineDecoder {
    /// A decoder for lines of at most `max` bytes.
    pub fn new(max: usize) -> Self {
        Self { buffer: Vec::new(), read: 0, searched: 0, max, skipping: None, started: false }
    }

    /// Adds bytes that were read.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.buffer.drain(..self.read);
            self.searched -= self.read;
            self.read = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next line, or `None` until more bytes come.
    pub fn next_line(&mut self) -> Option<Line> {
        while let Some(end) = memchr(b'\n', &self.buffer[self.searched..]) {
            let end = self.searched + end;
            if let Some(line) = self.take(end, end + 1) {
                return Some(line);
            }
        }
        self.searched = self.buffer.len();
        // One byte more for the `\r` that may end the line.
        if self.skipping.is_some() || self.searched - self.behind_mark(self.read) > self.max.saturating_add(1) {
            let mut scanner = self.skipping.take().unwrap_or_else(OutlineScanner::new);
            scanner.push(&self.buffer[self.behind_mark(self.read)..]);
            self.started = true;
            self.skipping = Some(scanner);
            self.forget();
        } else if self.searched == self.read {
            self.forget();
        }
        None
    }

    /// The last line, if the stream ended without an end of line.
    pub fn finish(&mut self) -> Option<Line> {
        let end = self.buffer.len();
        let line = self.take(end, end);
        self.forget();
        line
    }

    /// The line that ends at `end`, with the next one at `next`; `None` if it is blank.
    fn take(&mut self, end: usize, next: usize) -> Option<Line> {
        let start = std::mem::replace(&mut self.read, next);
        self.searched = next;
        if let Some(mut scanner) = self.skipping.take() {
            scanner.push(&self.buffer[start..end]);
            return Some(Line::TooLong(scanner.finish()));
        }
        let start = self.behind_mark(start).min(end);
        self.started = true;
        let line = &self.buffer[start..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > self.max {
            return Some(Line::TooLong(Outline::of(line)));
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        // A small line gets memory of its own: who keeps it must not keep everything that came with it.
        if line.len() < self.buffer.capacity() / 2 {
            return Some(Line::Frame(Bytes::copy_from_slice(line)));
        }
        let length = line.len();
        let rest = self.buffer[next..].to_vec();
        let mut line = Bytes::from(std::mem::replace(&mut self.buffer, rest));
        (self.read, self.searched) = (0, 0);
        line.advance(start);
        line.truncate(length);
        Some(Line::Frame(line))
    }

    /// Where a line starts, behind the mark that may stand at the very start of the stream.
    fn behind_mark(&self, start: usize) -> usize {
        let has_mark = !self.started && self.buffer[start..].starts_with(BOM);
        if has_mark { start + BOM.len() } else { start }
    }

    /// Empties the buffer, and returns its memory if that is much.
    fn forget(&mut self) {
        self.buffer.clear();
        self.buffer.shrink_to(KEPT);
        (self.read, self.searched) = (0, 0);
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

    fn too_long(text: &str) -> Line {
        Line::TooLong(Outline::of(text.as_bytes()))
    }

    #[test]
    fn lines_end_with_lf_or_crlf_or_the_stream_and_blank_ones_are_skipped() {
        let lines = decode(&[b"\xef\xbb\xbf{}\n\r\n  \n[1]\r\n\xef\xbb\xbf2\n3"], 100);
        assert_eq!(lines, [frame("{}"), frame("[1]"), frame("\u{feff}2"), frame("3")]);
    }

    #[test]
    fn a_line_at_the_cap_passes_and_one_beyond_it_costs_only_itself() {
        assert_eq!(decode(&[b"12345\r\n123456\n7\n"], 5), [frame("12345"), too_long("123456"), frame("7")]);
        assert_eq!(decode(&[b"12345678"], 5), [too_long("12345678")]);
        assert_eq!(decode(&[b"123"], usize::MAX), [frame("123")]);
        let mut decoder = LineDecoder::new(10_000);
        let mut seen = Vec::new();
        for _ in 0..1000 {
            decoder.push(&[b'x'; 1000]);
            seen.extend(std::iter::from_fn(|| decoder.next_line()));
            assert!(decoder.buffer.len() <= 11_001);
        }
        decoder.push(b"\n1\n");
        seen.extend(std::iter::from_fn(|| decoder.next_line()));
        assert_eq!(seen, [too_long("x"), frame("1")]);
    }

    #[test]
    fn the_id_of_a_line_beyond_the_cap_is_found_wherever_it_stands() {
        let long = "x".repeat(100_000);
        for text in [
            format!("\u{feff}{{\"id\":7,\"method\":\"m\",\"params\":{{\"x\":\"{long}\"}}}}\n"),
            format!("{{\"method\":\"m\",\"params\":{{\"id\":8,\"x\":\"{long}\"}},\"id\":7}}\r\n"),
            format!("{{\"method\":\"m\",\"params\":[\"{long}\"],\"id\":7}}"),
        ] {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(999).collect();
            let lines = decode(&pieces, 10_000);
            let [Line::TooLong(outline)] = &lines[..] else { panic!("{lines:?}") };
            assert_eq!(outline.request_id().map(ToString::to_string).as_deref(), Some("7"));
        }
    }

    /// Who keeps a small line does not keep what came with it, nor what came before.
    #[test]
    fn a_line_holds_no_more_than_twice_its_length() {
        let mut decoder = LineDecoder::new(1 << 20);
        let large = vec![b'x'; 1 << 20];
        for (large, small) in [(&large[..], &b"small"[..]), (&large[..700_000], b"other")] {
            decoder.push(small);
            decoder.push(b"\n");
            decoder.push(large);
            decoder.push(b"\n");
            decoder.push(small);
            decoder.push(b"\n");
            let lines: Vec<Bytes> = std::iter::from_fn(|| decoder.next_line())
                .map(|line| match line {
                    Line::Frame(frame) => frame,
                    Line::TooLong(_) => panic!("it is at the cap"),
                })
                .collect();
            assert_eq!(lines.iter().map(Bytes::len).collect::<Vec<_>>(), [small.len(), large.len(), small.len()]);
            for line in lines {
                let length = line.len();
                let memory = Vec::from(line.try_into_mut().expect("nobody shares it"));
                assert!(memory.capacity() <= 2 * length, "{} bytes for {length}", memory.capacity());
            }
            assert!(decoder.buffer.capacity() <= KEPT);
        }
    }

    proptest! {
        #[test]
        fn the_result_does_not_depend_on_how_the_bytes_were_split(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(0xef), Just(b' '), Just(b'"'), Just(b'{'), any::<u8>()], 0..80),
            cuts in proptest::collection::vec(0usize..80, 0..6),
        ) {
            let whole = decode(&[&bytes], 20);
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(&decode(&single, 20), &whole);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(&decode(&pieces, 20), &whole);
        }
    }
}
