//! What a client makes of messages that are not quite JSON-RPC: it needs the answer more than the server needs a lesson.

use std::borrow::Cow;

use bytes::Bytes;
use memchr::memmem;

use super::{Limits, Message, Outline, Rejected, decode};

/// As [`decode`], for messages of a server.
///
/// What is read all the same: a message behind a byte order mark, and one whose texts hold half of a surrogate pair, which
/// becomes U+FFFD; `warn` is told. A message with an id and nothing else is an answer that is none. Costs nothing where
/// the message is as it should be.
///
/// # Errors
///
/// As [`decode`].
pub fn decode_leniently(frame: &Bytes, limits: &Limits, warn: impl FnOnce(&str)) -> Result<Message, Rejected> {
    decode(frame, limits).or_else(|rejected| read_again(frame, limits, rejected, warn))
}

#[cold]
fn read_again(
    frame: &Bytes,
    limits: &Limits,
    rejected: Rejected,
    warn: impl FnOnce(&str),
) -> Result<Message, Rejected> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let marked = frame.starts_with(MARK);
    let unmarked = if marked { frame.slice(MARK.len()..) } else { frame.clone() };
    let whole = with_whole_characters(&unmarked);
    let halved = matches!(whole, Cow::Owned(_));
    let mended = if halved { Bytes::from(whole.into_owned()) } else { unmarked.clone() };
    let again = if marked || halved { decode(&mended, limits) } else { Err(rejected) };
    match again {
        Ok(message) => {
            warn(match halved {
                true => "a text of the server holds half of a character, in whose place stands U+FFFD",
                false => "a message of the server begins with a byte order mark",
            });
            Ok(message)
        }
        Err(Rejected::Answer { id: None, error }) => match Outline::of(&mended).bare_id() {
            Some(id) => {
                Err(Rejected::Response { id: Some(id.clone()), reason: "it has neither a result nor an error".into() })
            }
            None => Err(Rejected::Answer { id: None, error }),
        },
        Err(rejected) => Err(rejected),
    }
}

/// The text with `\ufffd` for each half of a surrogate pair that stands alone (RFC 8259, section 8.2).
fn with_whole_characters(text: &[u8]) -> Cow<'_, [u8]> {
    let mut out: Vec<u8> = Vec::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| memmem::find(rest, b"\\")) {
        let escape = at + next;
        at = escape + 2;
        match surrogate(text, escape) {
            Some(0xd800..=0xdbff) if matches!(surrogate(text, escape + 6), Some(0xdc00..=0xdfff)) => at = escape + 12,
            Some(_) => {
                out.extend_from_slice(text.get(kept..escape).unwrap_or_default());
                out.extend_from_slice(b"\\ufffd");
                (kept, at) = (escape + 6, escape + 6);
            }
            None => {}
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.extend_from_slice(text.get(kept..).unwrap_or_default());
    Cow::Owned(out)
}

/// The surrogate that the escape at this place spells, if it does.
fn surrogate(text: &[u8], at: usize) -> Option<u16> {
    let escape = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits =
        std::str::from_utf8(escape).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xd800..=0xdfff).contains(unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jsonrpc::RequestId;

    fn read(frame: &[u8]) -> (Result<Message, Rejected>, bool) {
        let mut warned = false;
        let read = decode_leniently(&Bytes::copy_from_slice(frame), &Limits::default(), |_| warned = true);
        (read, warned)
    }

    #[test]
    fn half_of_a_character_becomes_a_replacement_character() {
        for (sent, meant) in [
            (r"a\ud83d", "a\u{fffd}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\uD83Dx\\ud83d\n", "\u{fffd}x\\ud83d\n"),
            (r"\\\ud83d", "\\\u{fffd}"),
        ] {
            let frame = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"text":"{sent}"}}}}"#);
            let (Ok(Message::Response(response)), true) = read(frame.as_bytes()) else { panic!("{sent}") };
            let text = crate::json::RawObject::from_raw(response.outcome.unwrap()).unwrap().get("text").unwrap();
            assert_eq!(text.to_text().unwrap(), meant, "{sent}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let (message, warned) = read(b"\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
        assert!(matches!(message, Ok(Message::Response(_))) && warned);
    }

    #[test]
    fn what_has_an_id_and_nothing_else_is_a_broken_answer() {
        let (Err(Rejected::Response { id, reason }), false) = read(br#"{"jsonrpc":"2.0","id":7}"#) else { panic!() };
        assert_eq!((id, &*reason), (Some(RequestId::Number(7)), "it has neither a result nor an error"));
        for other in [r#"{"jsonrpc":"2.0"}"#, "[]", "noise", r#"{"id":1,"method":5}"#, r#"{"id":1,"id":2}"#] {
            assert!(!matches!(read(other.as_bytes()).0, Err(Rejected::Response { .. }) | Ok(_)), "{other}");
        }
    }

    #[test]
    fn what_is_as_it_should_be_is_read_without_a_word() {
        let (message, warned) = read(br#"{"jsonrpc":"2.0","id":"1","result":{"a":"\ud83d\ude00"}}"#);
        assert!(message.is_ok() && !warned);
    }
}
