//! What can be told of a message that cannot be read: whether it surely is a request, and by which id.

use memchr::memchr2;

use super::{Limits, RequestId, member::Members, scan::scan};
use crate::json::{RawJson, Text};

/// The longest literal that may be an id: each byte of it written as an escape, and the quotes.
const ID_LITERAL_MAX: usize = 6 * RequestId::MAX_LEN + 2;
/// No key of the envelope is longer.
const KEY_MAX: usize = 8;
/// How many open brackets are told apart; deeper ones are only counted.
const KINDS: u32 = u128::BITS;

/// What can be told of a message that is broken, or too long to be kept.
///
/// An answer to it may name an id only if nobody can be misled: the message surely is a request, since it has a method,
/// and its id is whole and stands once. Everything else is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    kind: Kind,
    id: Option<RequestId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Request,
    Notification,
    Response,
    Unknown,
}

impl Outline {
    /// What can be told of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut scanner = OutlineScanner::new();
        scanner.push(bytes);
        scanner.finish()
    }

    /// The id by which an error may answer the message.
    pub fn request_id(&self) -> Option<&RequestId> {
        self.id.as_ref().filter(|_| self.kind == Kind::Request)
    }

    /// The request that the message was to answer.
    pub fn response_id(&self) -> Option<&RequestId> {
        self.id.as_ref().filter(|_| self.kind == Kind::Response)
    }

    /// The id of a message that has neither a method nor an outcome.
    pub fn bare_id(&self) -> Option<&RequestId> {
        self.id.as_ref().filter(|_| self.kind == Kind::Unknown)
    }

    /// Whether the message surely is a response, which is never answered.
    pub fn is_response(&self) -> bool {
        self.kind == Kind::Response
    }

    /// Whether the message surely is a notification, which is never answered.
    pub fn is_notification(&self) -> bool {
        self.kind == Kind::Notification
    }
}

/// Reads the outline of a message that passes in pieces. Needs the same little memory for any message.
///
/// It is strict about the members of the envelope and counts brackets inside their values. Where the envelope itself is
/// broken nothing behind the damage is believed, and another id there makes the one before it doubtful.
#[derive(Debug)]
pub struct OutlineScanner {
    state: State,
    key: Key,
    /// The key, or the id, that is being read.
    literal: Vec<u8>,
    /// Whether a backslash was the last byte of a string.
    is_escaped: bool,
    id: Id,
    has_method: bool,
    has_outcome: bool,
    /// How many brackets are open inside a member's value.
    depth: u32,
    /// Which of them are square.
    squares: u128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    /// Where a key stands, or the end of an object without members.
    FirstKey,
    NextKey,
    InKey,
    Colon,
    BeforeValue,
    InString,
    InScalar,
    AfterValue,
    Nested,
    NestedString,
    End,
    /// Behind the damage, so many bytes into `"id"`.
    Lost(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Id,
    Method,
    Outcome,
    /// Written with escapes: it may be any.
    Escaped,
    Other,
}

#[derive(Debug, PartialEq, Eq)]
enum Id {
    Missing,
    One(RequestId),
    Doubtful,
}

impl OutlineScanner {
    /// Begins with a message of which nothing has been seen.
    #[expect(clippy::new_without_default, reason = "there is nothing that a default would say")]
    pub fn new() -> Self {
        Self {
            state: State::Start,
            key: Key::Other,
            literal: Vec::new(),
            is_escaped: false,
            id: Id::Missing,
            has_method: false,
            has_outcome: false,
            depth: 0,
            squares: 0,
        }
    }

    /// Takes in the next bytes of the message.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            rest = match self.state {
                State::InKey | State::InString | State::NestedString => self.string(rest),
                State::Nested => self.nested(rest),
                State::InScalar => self.scalar(rest),
                State::Lost(matched) => {
                    self.lost(byte, matched);
                    after
                }
                _ if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => after,
                _ => {
                    if self.token(byte) {
                        after
                    } else {
                        self.state = State::Lost(0);
                        rest
                    }
                }
            };
        }
    }

    /// What can be told of the message that has passed.
    pub fn finish(self) -> Outline {
        let is_whole = self.state == State::End;
        let kind = match (self.has_method, self.has_outcome) {
            (true, _) if is_whole && self.id == Id::Missing => Kind::Notification,
            (true, _) => Kind::Request,
            (false, true) => Kind::Response,
            (false, false) => Kind::Unknown,
        };
        let id = match self.id {
            Id::One(id) => Some(id),
            Id::Missing | Id::Doubtful => None,
        };
        Outline { kind, id }
    }

    /// A byte between the parts of the envelope; `false` if it cannot stand there.
    fn token(&mut self, byte: u8) -> bool {
        self.state = match (self.state, byte) {
            (State::Start, b'{') => State::FirstKey,
            (State::FirstKey | State::NextKey, b'"') => {
                self.literal.clear();
                self.key = Key::Other;
                State::InKey
            }
            (State::FirstKey | State::AfterValue, b'}') => State::End,
            (State::Colon, b':') => State::BeforeValue,
            (State::AfterValue, b',') => State::NextKey,
            (State::BeforeValue, _) => return self.begin_value(byte),
            _ => return false,
        };
        true
    }

    fn begin_value(&mut self, byte: u8) -> bool {
        self.literal.clear();
        match self.key {
            Key::Id if matches!(byte, b'{' | b'[') => self.id = Id::Doubtful,
            Key::Method => self.has_method |= byte == b'"',
            Key::Outcome => self.has_outcome = true,
            Key::Id | Key::Escaped | Key::Other => {}
        }
        self.state = match byte {
            b'"' => State::InString,
            b'{' | b'[' => {
                self.depth = 0;
                self.open(byte);
                State::Nested
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' => State::InScalar,
            _ => {
                if self.key == Key::Id {
                    self.id = Id::Doubtful;
                }
                return false;
            }
        };
        if !matches!(byte, b'{' | b'[') {
            self.literal.push(byte);
        }
        true
    }

    /// A part of a string; what remains behind it.
    fn string<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if std::mem::take(&mut self.is_escaped) {
            let (escaped, rest) = bytes.split_at(1);
            self.keep(escaped);
            return rest;
        }
        let (part, rest) = bytes.split_at(memchr2(b'"', b'\\', bytes).unwrap_or(bytes.len()));
        self.keep(part);
        match rest.split_first() {
            None => {}
            Some((b'\\', _)) => {
                self.is_escaped = true;
                self.keep(b"\\");
            }
            Some(_) => self.end_string(),
        }
        rest.get(1..).unwrap_or_default()
    }

    fn end_string(&mut self) {
        self.state = match self.state {
            State::InKey => {
                self.key = match self.literal.as_slice() {
                    b"id" => Key::Id,
                    b"method" => Key::Method,
                    b"result" | b"error" => Key::Outcome,
                    key if key.contains(&b'\\') => Key::Escaped,
                    _ => Key::Other,
                };
                if self.key == Key::Escaped || (self.key == Key::Id && self.id != Id::Missing) {
                    self.id = Id::Doubtful;
                }
                State::Colon
            }
            State::NestedString => State::Nested,
            _ => {
                self.keep(b"\"");
                self.end_id();
                State::AfterValue
            }
        };
    }

    /// A part of a number or word; what remains behind it.
    fn scalar<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
        let end = bytes.iter().position(is_end);
        let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        self.keep(part);
        // A number at the end of the bytes may go on where they were cut off.
        if end.is_some() {
            self.end_id();
            self.state = State::AfterValue;
        }
        rest
    }

    /// A part of a member's value; what remains behind it.
    fn nested<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        for (at, &byte) in bytes.iter().enumerate() {
            self.state = match byte {
                b'"' => State::NestedString,
                b'{' | b'[' => {
                    self.open(byte);
                    continue;
                }
                b'}' | b']' if !self.close(byte) => State::Lost(0),
                b'}' | b']' if self.depth == 0 => State::AfterValue,
                _ => continue,
            };
            return bytes.get(at + 1..).unwrap_or_default();
        }
        &[]
    }

    fn open(&mut self, bracket: u8) {
        if self.depth < KINDS {
            let bit = 1 << self.depth;
            self.squares = if bracket == b'[' { self.squares | bit } else { self.squares & !bit };
        }
        self.depth = self.depth.saturating_add(1);
    }

    /// Whether the bracket closes the one that was opened last.
    fn close(&mut self, bracket: u8) -> bool {
        self.depth = self.depth.saturating_sub(1);
        self.depth >= KINDS || (self.squares >> self.depth & 1 == 1) == (bracket == b']')
    }

    fn lost(&mut self, byte: u8, matched: usize) {
        const ID: &[u8] = b"\"id\"";
        let matched = match ID.get(matched) {
            Some(&next) if next == byte => matched + 1,
            _ => usize::from(byte == b'"'),
        };
        if matched == ID.len() {
            self.id = Id::Doubtful;
        }
        self.state = State::Lost(matched);
    }

    /// Keeps what may be a key of the envelope, or its id; of what is longer, enough to see that it is.
    fn keep(&mut self, part: &[u8]) {
        let max = match self.state {
            State::InKey => KEY_MAX,
            State::InString | State::InScalar if self.key == Key::Id => ID_LITERAL_MAX,
            _ => return,
        };
        let room = (max + 1).saturating_sub(self.literal.len()).min(part.len());
        self.literal.extend_from_slice(&part[..room]);
    }

    fn end_id(&mut self) {
        if self.key == Key::Id && self.id == Id::Missing {
            self.id = self.read_id().map_or(Id::Doubtful, Id::One);
        }
    }

    fn read_id(&self) -> Option<RequestId> {
        let literal = Some(&self.literal).filter(|literal| literal.len() <= ID_LITERAL_MAX)?;
        let literal = std::str::from_utf8(literal).ok()?;
        scan(literal, &Limits::default(), &mut Members::new()).ok()?;
        RequestId::from_json(&RawJson::scanned(Text::from(literal)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(text: &str) -> Option<String> {
        Outline::of(text.as_bytes()).request_id().map(ToString::to_string)
    }

    #[test]
    fn an_id_is_named_where_the_message_surely_is_a_request() {
        for (text, id) in [
            (r#"{"jsonrpc":"2.0","id":7,"method":"ping""#, "7"),
            (r#"{"method":"m","params":{"id":1,"a":[{"id":2},]},"id" : "x" }"#, "x"),
            (r#"{"id":7,"method":"m","params":{"a":"x},"id":9}"#, "7"),
            (r#"{"id":7,"method":"m",}"#, "7"),
            (r#"{"id":"\u0061\"","method":"m","params":{"#, "a\""),
            (r#"{"method":"m","id":123456789012345678901234567890}"#, "123456789012345678901234567890"),
            (r#"{"params":[[],{"x":"]"}],"id":1.0,"method":"m"} "#, "1.0"),
            (r#"{"method":"m","id":12e3}"#, "12e3"),
        ] {
            assert_eq!(request(text).as_deref(), Some(id), "{text}");
        }
    }

    #[test]
    fn an_id_that_is_cut_off_doubled_or_no_id_is_not_named() {
        for text in [
            "",
            "not json",
            r#"{"jsonrpc":"2.0","id":12"#,
            r#"{"method":"m","id":12"#,
            r#"{"method":"m","id":"12"#,
            r#"{"method":"m","id":34x}"#,
            r#"{"method":"m","id":12e-3}"#,
            r#"{"method":"m","id":1.5}"#,
            r#"{"method":"m","id":{"id":3}}"#,
            r#"{"method":"m","id":null}"#,
            r#"{"id":9,"id":10,"method":"m"}"#,
            r#"{"id":9,"method":"m","id":9}"#,
            r#"{"id":9,"method":"m","id":"#,
            r#"{"id":9,"method":"m","\u0069d":10}"#,
            r#"{"id":9,"method":"m",, "id":10}"#,
            r#"{"id":9,"method":"m"}{"id":10,"method":"m"}"#,
            r#"{"id":9,,"method":"m"}"#,
            r#"{"id":9,"method":1}"#,
            r#"{"id":9,"Method":"m"}"#,
            r#"{"params":{"a":1}},"id":9,"method":"m"}"#,
            r#"{"params":{"a":[}],"id":9,"method":"m"}"#,
            r#"[{"id":9,"method":"m"}]"#,
            r#""id":3,"method":"m""#,
        ] {
            assert_eq!(request(text), None, "{text}");
        }
        let long = |length: usize| format!(r#"{{"method":"m","id":"{}"}}"#, "x".repeat(length));
        assert!(request(&long(RequestId::MAX_LEN)).is_some());
        assert_eq!(request(&long(RequestId::MAX_LEN + 1)), None);
        assert_eq!(request(&long(1 << 20)), None);
    }

    #[test]
    fn responses_and_notifications_are_known_as_such() {
        let response = Outline::of(br#"{"jsonrpc":"2.0","id":12,"result":{"a":[,"#);
        assert!(response.is_response());
        assert_eq!((response.request_id(), response.response_id()), (None, Some(&RequestId::Number(12))));
        assert!(Outline::of(br#"{"error":{"code":1}"#).is_response());
        assert!(Outline::of(br#"{"method":"m","params":{"id":1}}"#).is_notification());
        // The id may have stood where it was cut off.
        assert!(!Outline::of(br#"{"method":"m","params":{"#).is_notification());
    }

    #[test]
    fn a_message_of_any_size_needs_little_memory() {
        let mut scanner = OutlineScanner::new();
        scanner.push(br#"{"x":"#);
        (0..100_000).for_each(|_| scanner.push(b"[{\"a\":\"b\",\"c\":"));
        (0..100_000).for_each(|_| scanner.push(b"}]"));
        scanner.push(br#","y":""#);
        (0..100_000).for_each(|_| scanner.push(b"0123456789"));
        (0..100_000).for_each(|_| scanner.push(br#""#));
        scanner.push(br#"","id":7,"method":"m"}"#);
        assert!(scanner.literal.capacity() <= 2 * ID_LITERAL_MAX);
        assert_eq!(scanner.finish().request_id(), Some(&RequestId::Number(7)));
    }

    proptest! {
        #[test]
        fn the_outline_does_not_depend_on_how_the_bytes_were_split(
            text in r#"([{}\[\],: "]|"id":|"method":"m"|"result":|7|12e|"x\\""|\\){0,16}"#,
            cuts in proptest::collection::vec(0usize..80, 0..4),
        ) {
            let whole = Outline::of(text.as_bytes());
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let mut scanner = OutlineScanner::new();
            cuts.windows(2).for_each(|pair| scanner.push(&text.as_bytes()[pair[0]..pair[1]]));
            prop_assert_eq!(scanner.finish(), whole);
        }
    }
}
