//! Every frame that leaves is one line and one JSON value, whatever raw JSON was put into it.

use std::collections::BTreeMap;

use bytes::Bytes;
use mcp_core::{
    ProtocolVersion,
    call::Outcome,
    era::{self, RequestMeta, legacy, modern},
    error::Error,
    framing::{
        lines::{Line, LineDecoder},
        sse::{EventDecoder, write_event},
    },
    json::{RawJson, RawObject, Text},
    jsonrpc::{Limits, Message, RequestId, decode},
    model::{
        CallToolResult, ClientCapabilities, Content, Implementation, LogLevel, LogMessage, Progress, ProgressToken,
        Request, ServerNotification, ServerResult,
    },
};
use proptest::prelude::*;
use serde_json::value::RawValue;

use crate::json_text::{literal, object, value};

/// The same value as raw JSON, by every way there is to make it.
fn made(text: &str) -> Vec<RawJson> {
    let raw = RawValue::from_string(text.to_owned()).unwrap();
    let frame = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\n\"params\":{{\"x\":{text}\r}}}}");
    let Ok(Message::Request(request)) = decode(&Bytes::from(frame), &Limits::default()) else { panic!("{text}") };
    let reply = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\n\"result\":{text}\n}}");
    let Ok(Message::Response(reply)) = decode(&Bytes::from(reply), &Limits::default()) else { panic!("{text}") };
    vec![
        RawJson::from_value(&raw).unwrap(),
        RawJson::from_value_within(&raw, usize::MAX).unwrap().unwrap(),
        serde_json::from_str(text).unwrap(),
        request.params.get("x").unwrap(),
        reply.outcome.unwrap(),
    ]
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

/// The frames that can carry raw JSON, and text of a peer's choice.
fn frames(raw: &RawJson, text: &str, id: &RequestId) -> Vec<Vec<u8>> {
    let client = Implementation::new(text, text);
    let stamp = modern::ClientStamp::new(ProtocolVersion::LATEST, &client, &ClientCapabilities::default());
    let named = modern::Stamp::new(&client);
    let object = if raw.is_object() { raw.clone() } else { RawJson::EMPTY_OBJECT };
    let mut frames = Vec::new();
    let members = RawObject::from_iter([(format!("com.example/{text}"), raw.clone())]);
    let meta = RequestMeta { progress: true, log_level: Some(LogLevel::Info), members };
    let arguments = BTreeMap::from([(text.to_owned(), text.to_owned())]);
    for request in [
        Request::CallTool { name: Text::from(text), arguments: object.clone() },
        Request::Custom { method: Text::from(text), params: object.clone() },
        Request::ListTools { cursor: Some(Text::from(text)) },
        Request::GetPrompt { name: Text::from(text), arguments },
        Request::ReadResource { uri: Text::from(text) },
    ] {
        frames.push(written(|out| legacy::write_call(out, id, &request, &meta)));
        frames.push(written(|out| modern::write_call(out, id, &request, &stamp, &meta)));
    }
    let result = CallToolResult::new(vec![Content::text(text)]).with_structured_content(raw.clone());
    let answers = [
        Ok(Outcome::Complete(ServerResult::CallTool(result))),
        Ok(Outcome::Complete(ServerResult::Custom(object))),
        Err(Error::invalid_params(text.to_owned()).with_data(text.into())),
        Err(Error::method_not_found(text)),
    ];
    for answer in &answers {
        frames.extend(ProtocolVersion::ALL.map(|version| match era::Era::of(version) {
            era::Era::Legacy => written(|out| legacy::write_answer(out, id, answer, version)),
            era::Era::Modern => written(|out| modern::write_answer(out, id, answer, version, &named)),
        }));
    }
    for event in [
        ServerNotification::Message(LogMessage::new(LogLevel::Info, raw.clone())),
        ServerNotification::ResourceUpdated { uri: Text::from(text) },
        ServerNotification::Progress {
            token: ProgressToken(id.clone()),
            progress: Progress::new(0.5, None, Some(text.to_owned())),
        },
    ] {
        frames.push(written(|out| legacy::write_notification(out, &event, legacy::LAST)));
        frames.push(written(|out| modern::write_notification(out, &event, modern::FIRST, Some(id))));
    }
    frames.push(written(|out| era::write_cancelled(out, id, text)));
    frames.push(written(|out| modern::write_acknowledged(out, modern::FIRST, id, &modern::ListenFilter::default())));
    frames
}

/// The ids that a peer may choose.
fn id() -> impl Strategy<Value = RequestId> {
    prop_oneof![
        any::<i64>().prop_map(RequestId::from),
        literal().prop_map(|text| RequestId::from_json(&serde_json::from_str(&text).unwrap()).unwrap()),
    ]
}

proptest! {
    #[test]
    fn every_frame_that_leaves_is_one_line_and_one_json_value(
        json in prop_oneof![value(), object()],
        text in prop_oneof![".{1,12}", Just("a\nb\r\n\n{\"id\":1}".to_owned())],
        id in id(),
    ) {
        for raw in made(&json) {
            prop_assert_eq!(raw.parse::<serde::de::IgnoredAny>().is_ok(), true);
            for frame in frames(&raw, &text, &id) {
                let shown = String::from_utf8(frame.clone()).unwrap();
                prop_assert!(serde_json::from_slice::<&RawValue>(&frame).is_ok(), "{shown}");
                prop_assert!(!shown.contains(['\n', '\r']), "{shown:?}");
                prop_assert!(decode(&Bytes::from(frame.clone()), &Limits::default()).is_ok(), "{shown}");
                let mut lines = LineDecoder::new(usize::MAX - 1);
                lines.push(&[&frame[..], b"\n"].concat());
                prop_assert_eq!(lines.next_line(), Some(Line::Frame(Bytes::from(frame.clone()))));
                prop_assert_eq!(lines.next_line(), None);
                let mut events = EventDecoder::new(usize::MAX);
                events.push(&written(|out| write_event(out, &frame)));
                prop_assert_eq!(events.next_event().unwrap().map(|event| event.data), Some(Bytes::from(frame)));
                prop_assert_eq!(events.next_event().unwrap(), None);
            }
        }
    }
}
