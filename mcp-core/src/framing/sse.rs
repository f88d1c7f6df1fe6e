//! Server-sent events, as the HTML standard defines the `text/event-stream` format.

use bytes::Bytes;
use memchr::memchr2;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A comment that keeps idle connections open (2026-07-28, basic/transports/streamable-http, "Receiving Messages").
pub const KEEP_ALIVE: &[u8] = b":\n\n";

/// Appends one message event that carries `frame`. A frame is one line, so one `data` line is enough; should there be
/// several, each gets its own, and the reader joins them.
pub fn write_event(out: &mut Vec<u8>, frame: &[u8]) {
    let mut rest = frame;
    while let Some(end) = memchr2(b'\r', b'\n', rest) {
        let (line, after) = rest.split_at(end);
        write_data(out, line);
        rest = after.strip_prefix(b"\r\n").unwrap_or(after.get(1..).unwrap_or_default());
    }
    write_data(out, rest);
    out.push(b'\n');
}

fn write_data(out: &mut Vec<u8>, line: &[u8]) {
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(line);
    out.push(b'\n');
}

/// One event with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The `event` field; empty means `message`.
    pub name: String,
    /// The `data` lines, joined by `\n`.
    pub data: Bytes,
}

/// An event grew beyond the cap; the stream cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than the client allows")]
pub struct TooLong;

/// Reads events from bytes in pieces of any size.
///
/// Comments and unknown fields are skipped (2026-07-28, basic/transports/streamable-http, "Receiving Messages"); an
/// event without data is no event (2025-11-25, basic/transports, "Sending Messages to the Server"), but its `id` and
/// `retry` count. What follows the last blank line of a stream is dropped, as the standard says.
#[derive(Debug)]
pub struct EventDecoder {
    line: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    name: String,
    id: Option<String>,
    last_event_id: Option<String>,
    retry: Option<u64>,
    comments: u64,
    input: Vec<u8>,
    read: usize,
    after_cr: bool,
    started: bool,
    max: usize,
}

impl EventDecoder {
    /// A decoder for events of at most `max` bytes.
    pub fn new(max: usize) -> Self {
        Self {
            line: Vec::new(),
            data: Vec::new(),
            has_data: false,
            name: String::new(),
            id: None,
            last_event_id: None,
            retry: None,
            comments: 0,
            input: Vec::new(),
            read: 0,
            after_cr: false,
            started: false,
            max,
        }
    }

    /// Adds bytes that were read. Take all events out before the next call: what is pushed is kept until then.
    pub fn push(&mut self, bytes: &[u8]) {
        self.input.drain(..self.read);
        self.read = 0;
        self.input.extend_from_slice(bytes);
    }

    /// The `id` of the last finished event that had one: what `Last-Event-ID` will say.
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref()
    }

    /// The last `retry` field, in milliseconds.
    pub fn retry(&self) -> Option<u64> {
        self.retry
    }

    /// How many comments there were: signs of life of a server that has nothing to say.
    pub fn comments(&self) -> u64 {
        self.comments
    }

    /// The next event, or `None` until more bytes come.
    ///
    /// # Errors
    ///
    /// [`TooLong`] when a line or an event exceeds the cap.
    pub fn next_event(&mut self) -> Result<Option<Event>, TooLong> {
        while let Some(rest) = self.input.get(self.read..).filter(|rest| !rest.is_empty()) {
            if std::mem::take(&mut self.after_cr) && rest.first() == Some(&b'\n') {
                self.read += 1;
                continue;
            }
            let end = memchr2(b'\r', b'\n', rest);
            let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            if self.line.len() + part.len() + self.data.len() > self.max {
                return Err(TooLong);
            }
            self.line.extend_from_slice(part);
            self.read += part.len();
            let Some(end) = end else { break };
            self.after_cr = rest.get(end) == Some(&b'\r');
            self.read += 1;
            if let Some(event) = self.end_of_line() {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let mut text = line.as_slice();
        if !std::mem::replace(&mut self.started, true) {
            text = text.strip_prefix(BOM).unwrap_or(text);
        }
        let event = if text.is_empty() {
            self.dispatch()
        } else {
            self.field(text);
            None
        };
        // The line keeps its memory for the next one.
        self.line = line;
        self.line.clear();
        event
    }

    fn dispatch(&mut self) -> Option<Event> {
        if let Some(id) = self.id.take() {
            self.last_event_id = Some(id);
        }
        let name = std::mem::take(&mut self.name);
        self.has_data = false;
        if self.data.is_empty() {
            return None;
        }
        Some(Event { name, data: Bytes::from(std::mem::take(&mut self.data)) })
    }

    fn field(&mut self, line: &[u8]) {
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"" if !line.is_empty() => self.comments = self.comments.saturating_add(1),
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
            }
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            b"id" if !value.contains(&0) => self.id = Some(String::from_utf8_lossy(value).into_owned()),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.retry = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(pieces: &[&[u8]]) -> (Vec<(String, String)>, Option<String>, Option<u64>) {
        let mut decoder = EventDecoder::new(1 << 20);
        let mut events = Vec::new();
        for piece in pieces {
            decoder.push(piece);
            while let Some(event) = decoder.next_event().unwrap() {
                events.push((event.name, String::from_utf8_lossy(&event.data).into_owned()));
            }
        }
        (events, decoder.last_event_id().map(str::to_owned), decoder.retry())
    }

    /// Held to 2026-07-28, basic/transports/streamable-http, "Receiving Messages"; 2025-11-25, basic/transports,
    /// "Sending Messages to the Server".
    #[test]
    fn the_rules_of_the_format_hold() {
        let text = "\u{feff}: comment\nid: 1\ndata:\n\nretry: 250\rdata: a\rdata:  b\r\r\
                    event: ping\r\ndata\r\n\r\nunknown: x\nevent: tick\ndata:c\n\nid: 2\0\ndata: d\n\nid: 3\ndata: lost";
        let (events, id, retry) = decode(&[text.as_bytes()]);
        let expected = [("", "a\n b"), ("tick", "c"), ("", "d")];
        assert_eq!(events, expected.map(|(name, data)| (name.to_owned(), data.to_owned())));
        assert_eq!((id.as_deref(), retry), (Some("1"), Some(250)));
    }

    #[test]
    fn an_event_beyond_the_cap_ends_the_stream_and_comments_need_no_memory() {
        let mut decoder = EventDecoder::new(100);
        for _ in 0..100_000 {
            decoder.push(b": keep-alive\n\n");
            assert_eq!(decoder.next_event(), Ok(None));
        }
        assert_eq!(decoder.comments(), 100_000);
        assert!(decoder.input.capacity() < 1024);
        decoder.push(b"data: ");
        decoder.push(&[b'x'; 200]);
        assert_eq!(decoder.next_event(), Err(TooLong));
    }

    #[test]
    fn what_is_written_is_read() {
        let mut out = KEEP_ALIVE.to_vec();
        write_event(&mut out, br#"{"a":"\n"}"#);
        assert_eq!(decode(&[&out]).0, [(String::new(), r#"{"a":"\n"}"#.to_owned())]);
    }

    #[test]
    fn line_breaks_do_not_break_an_event() {
        let mut out = Vec::new();
        write_event(&mut out, b"[1,\rid: 7\r\n\r\n2\n]\n");
        assert_eq!(decode(&[&out]), (vec![(String::new(), "[1,\nid: 7\n\n2\n]\n".to_owned())], None, None));
    }

    proptest! {
        #[test]
        fn the_result_does_not_depend_on_how_the_bytes_were_split(
            text in "(data: ?[a-z]{0,3}|id: ?[0-9]|event:x|retry:[0-9]|:c|\r|\n|\r\n|é){0,30}",
            cut in 0usize..60,
        ) {
            let bytes = text.as_bytes();
            let whole = decode(&[bytes]);
            prop_assert_eq!(&decode(&bytes.chunks(1).collect::<Vec<_>>()), &whole);
            let (head, tail) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(&decode(&[head, tail]), &whole);
        }
    }
}
