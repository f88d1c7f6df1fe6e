//! What is read from a peer is what the peer wrote, however its bytes were cut, and nothing of it breaks a line.

use bytes::Bytes;
use mcp_core::{
    framing::{
        lines::{Line, LineDecoder},
        sse::EventDecoder,
    },
    json::RawJson,
    jsonrpc::{Limits, Message, Outline, Rejected, RequestId, decode},
};
use serde::de::IgnoredAny;

use super::pairs::Pairs;

/// Longer lines are not kept.
const MAX: usize = 64;

/// Reads bytes as a message, as lines and as events.
pub(crate) fn hold(input: &[u8]) {
    message(input);
    lines(input);
    events(input);
}

fn message(input: &[u8]) {
    let frame = Bytes::copy_from_slice(input);
    let text = std::str::from_utf8(input).ok().filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    let outline = Outline::of(input);
    let read = decode(&frame, &Limits::default());
    if let (Ok(_), None) = (&read, text) {
        panic!("what is no JSON was taken for a message");
    }
    // An answer names an id only if the reference parser sees a request of that id.
    let named = match &read {
        Err(Rejected::Answer { id, .. }) => id.as_ref(),
        _ => None,
    };
    if let (Some(named), Some(text)) = (named, text) {
        let members = Pairs::of(text).expect("a request is an object");
        assert!(members.get("method").is_some());
        assert_eq!(id_of(&members).as_ref(), Some(named));
    }
    match &read {
        Ok(Message::Request(request)) => {
            let members = Pairs::of(text.unwrap()).unwrap();
            assert_eq!(id_of(&members).as_ref(), Some(&request.id));
            assert!(outline.request_id().is_none_or(|id| *id == request.id));
            assert!(!outline.is_response() && !outline.is_notification());
            params(&members, |name| request.params.get(name), |key| request.params.meta(key));
        }
        Ok(Message::Notification(notification)) => {
            let members = Pairs::of(text.unwrap()).unwrap();
            assert!(members.get("id").is_none() && outline.request_id().is_none() && !outline.is_response());
            params(&members, |name| notification.params.get(name), |key| notification.params.meta(key));
        }
        Ok(Message::Response(response)) => {
            let members = Pairs::of(text.unwrap()).unwrap();
            assert!(outline.request_id().is_none() && !outline.is_notification());
            if let Ok(result) = &response.outcome {
                same(result, members.get("result").unwrap());
            }
        }
        Err(_) => {}
    }
}

/// The id of a message, if it stands there once.
fn id_of(members: &Pairs) -> Option<RequestId> {
    let mut ids = members.0.iter().filter(|(key, _)| key == "id");
    let id = ids.next().filter(|_| ids.next().is_none());
    id.and_then(|(_, id)| RequestId::from_json(&serde_json::from_str(id.get()).unwrap()))
}

/// No member stands twice, and each is found under its name.
fn params(members: &Pairs, param: impl Fn(&str) -> Option<RawJson>, meta: impl Fn(&str) -> Option<RawJson>) {
    assert!(!members.has_twins());
    let Some(params) = members.get("params").and_then(Pairs::of) else { return };
    assert!(!params.has_twins());
    for (name, value) in &params.0 {
        same(&param(name).unwrap(), value.get());
    }
    let Some(entries) = params.get("_meta").and_then(Pairs::of) else { return };
    assert!(!entries.has_twins());
    for (key, value) in &entries.0 {
        same(&meta(key).unwrap(), value.get());
    }
}

/// The value as it was written, on one line.
fn same(raw: &RawJson, written: &str) {
    assert_eq!(raw.as_str(), written.replace(['\n', '\r'], " "));
}

/// Cuts at every byte that the input itself names, so that a fuzzer can choose them.
fn pieces(input: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = input;
    while let Some(&first) = rest.first() {
        let (piece, after) = rest.split_at(rest.len().min(1 + usize::from(first % 32)));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

fn lines(input: &[u8]) {
    let all = |pieces: &[&[u8]]| {
        let mut decoder = LineDecoder::new(MAX);
        let mut lines = Vec::new();
        for piece in pieces {
            decoder.push(piece);
            lines.extend(std::iter::from_fn(|| decoder.next_line()));
        }
        lines.extend(decoder.finish());
        lines
    };
    let whole = all(&[input]);
    assert_eq!(all(&pieces(input)), whole);
    let text = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let written = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let written = written.filter(|line| line.len() > MAX || !line.iter().all(u8::is_ascii_whitespace));
    let expected: Vec<Line> = written
        .map(|line| match line.len() > MAX {
            true => Line::TooLong(Outline::of(line)),
            false => Line::Frame(Bytes::copy_from_slice(line)),
        })
        .collect();
    assert_eq!(whole, expected);
}

fn events(input: &[u8]) {
    let all = |pieces: &[&[u8]]| {
        let mut decoder = EventDecoder::new(MAX);
        let mut events = Vec::new();
        for piece in pieces {
            decoder.push(piece);
            loop {
                match decoder.next_event() {
                    Ok(Some(event)) => events.push((event.name, event.data)),
                    Ok(None) => break,
                    Err(_) => return (events, None),
                }
            }
        }
        (events, Some(decoder.last_event_id().map(str::to_owned)))
    };
    assert_eq!(all(&pieces(input)), all(&[input]));
}
