//! From a frame to a message, with the rules of JSON-RPC 2.0 as MCP narrows them.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Deserialize;

use super::{
    ErrorObject, Limits, Message, Notification, Params, Request, RequestId, Response,
    member::{Member, Scope, Span, has_duplicates},
    message::{Scanned, own_text, value_of},
    outline::Outline,
    scan::{Fault, Lines, scan},
};
use crate::{
    decimal::Decimal,
    error::{Error, shown},
    json::{RawJson, Text, present},
};

/// A frame that is no message, and who should hear of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejected {
    /// Answer with this error, and with the id if there is one.
    Answer {
        /// The id of the request: only if the frame surely is a request, and its id is whole and stands once. On a pipe
        /// where a request of that id is in flight, leave it out: two answers would come under one id.
        id: Option<RequestId>,
        /// What to say.
        error: Error,
    },
    /// A response, which is never answered. Whoever waits for it may be told that it came.
    Response {
        /// Which request it was to answer, if that can be told.
        id: Option<RequestId>,
        /// What is wrong with it.
        reason: Cow<'static, str>,
    },
    /// A malformed notification: nobody waits for an answer.
    Ignore {
        /// What was wrong, for the log.
        reason: Cow<'static, str>,
    },
}

/// Reads one message from one frame.
///
/// The message shares the frame's memory. What is malformed is refused as a whole and costs only itself.
///
/// # Errors
///
/// [`Rejected`] for what is not UTF-8, not JSON, too deep, or not one JSON-RPC message; a batch is no message.
pub fn decode(frame: &Bytes, limits: &Limits) -> Result<Message, Rejected> {
    let Some(text) = Text::from_utf8(frame.clone()) else {
        return Err(unreadable(frame, Error::parse("the message is not UTF-8")));
    };
    // Made where it stays: it has room for many members, and would be copied whole.
    let mut scanned = Box::<Scanned>::default();
    scanned.text = text;
    let Scanned { text, lines, members, .. } = &mut *scanned;
    *lines = scan(text, limits, members).map_err(|fault| unreadable(frame, explain(fault)))?;
    let envelope = Envelope::find(text, members)?;
    if has_duplicates(members, text) {
        let error = Error::invalid_request("a member stands twice in the message, its params or its _meta");
        return Err(envelope.refuse(text, error));
    }
    envelope.into_message(scanned)
}

#[cold]
fn unreadable(frame: &Bytes, error: Error) -> Rejected {
    let outline = Outline::of(frame);
    if outline.is_response() {
        let reason = Cow::Owned(error.message().to_owned());
        return Rejected::Response { id: outline.response_id().cloned(), reason };
    }
    Rejected::Answer { id: outline.request_id().cloned(), error }
}

#[cold]
fn explain(fault: Fault) -> Error {
    match fault {
        Fault::Syntax { what, at } => Error::parse(format!("the message is not JSON: {what} (byte {at})")),
        Fault::TooDeep(limit) => {
            Error::parse(format!("the message is nested too deep: at most {limit} levels are read"))
        }
        Fault::TooManyKeys(limit) => Error::parse(format!("the message has too many keys: at most {limit} are read")),
    }
}

#[cold]
fn no_object(text: &str) -> Rejected {
    let error = if text.trim_ascii_start().starts_with('[') {
        Error::invalid_request("batches are not served: send each message on its own")
    } else {
        Error::invalid_request("a message is a JSON object")
    };
    Rejected::Answer { id: None, error }
}

/// Where the members of the envelope stand.
#[derive(Default)]
struct Envelope {
    jsonrpc: Option<Span>,
    id: Option<Span>,
    has_two_ids: bool,
    method: Option<Span>,
    params: Option<Span>,
    result: Option<Span>,
    error: Option<Span>,
}

impl Envelope {
    fn find(text: &Text, members: &[Member]) -> Result<Self, Rejected> {
        // White space in JSON is ASCII.
        if !text.trim_ascii_start().starts_with('{') {
            return Err(no_object(text));
        }
        let mut envelope = Self::default();
        for member in members.iter().filter(|member| member.scope == Scope::Root) {
            let slot = match &*member.name(text) {
                "jsonrpc" => &mut envelope.jsonrpc,
                "id" => {
                    envelope.has_two_ids |= envelope.id.is_some();
                    &mut envelope.id
                }
                "method" => &mut envelope.method,
                "params" => &mut envelope.params,
                "result" => &mut envelope.result,
                "error" => &mut envelope.error,
                _ => continue,
            };
            *slot = Some(member.value);
        }
        Ok(envelope)
    }

    fn id(&self, text: &Text) -> Option<RequestId> {
        let id = self.id.filter(|_| !self.has_two_ids)?.of(text);
        RequestId::spelt(id, || own_text(text, id))
    }

    /// The error for a message that is JSON but breaks a rule: an answer if somebody waits for one.
    #[cold]
    fn refuse(&self, text: &Text, error: Error) -> Rejected {
        match (self.method, self.id) {
            (None, _) if self.result.is_some() || self.error.is_some() => {
                Rejected::Response { id: self.id(text), reason: error.message().to_owned().into() }
            }
            (None, _) => Rejected::Answer { id: None, error },
            // Without a method that is text it is no notification either (JSON-RPC 2.0, section 7, "Examples").
            (Some(method), None) if !method.of(text).starts_with('"') => Rejected::Answer { id: None, error },
            (Some(_), None) => Rejected::Ignore { reason: error.message().to_owned().into() },
            (Some(_), Some(_)) => Rejected::Answer { id: self.id(text), error },
        }
    }

    fn into_message(self, mut scanned: Box<Scanned>) -> Result<Message, Rejected> {
        let text = &scanned.text;
        if self.jsonrpc.map(|span| span.of(text)) != Some("\"2.0\"") {
            return Err(self.refuse(text, Error::invalid_request("the member `jsonrpc` must be \"2.0\"")));
        }
        if self.method.is_none() {
            return self.into_response(text, scanned.lines);
        }
        if self.result.is_some() || self.error.is_some() {
            let error = Error::invalid_request("a message has a method, or a result or error, never both");
            return Err(self.refuse(text, error));
        }
        let method = self.method.and_then(|span| own_text(text, span.of(text)));
        let Some(method) = method else {
            return Err(self.refuse(text, Error::invalid_request("the member `method` must be a string")));
        };
        let whole = self.params.filter(|span| span.of(text) != "null");
        if whole.is_some_and(|span| !span.of(text).starts_with('{')) {
            return Err(self.refuse(text, Error::invalid_params("the member `params` must be an object")));
        }
        let id = self.id(text);
        scanned.whole = whole;
        if self.id.is_none() {
            return Ok(Message::Notification(Notification { method, params: Params::new(scanned) }));
        }
        let Some(id) = id else {
            const MAX: usize = RequestId::MAX_LEN;
            let error = format!("the member `id` must be a string of at most {MAX} bytes or an integer");
            return Err(Rejected::Answer { id: None, error: Error::invalid_request(error) });
        };
        Ok(Message::Request(Request { id, method, params: Params::new(scanned) }))
    }

    #[inline(never)]
    fn into_response(self, text: &Text, lines: Lines) -> Result<Message, Rejected> {
        let id = self.id(text);
        let raw = |span: Span| value_of(text, span.of(text), lines);
        let misread = |reason: &'static str| Rejected::Response { id: id.clone(), reason: reason.into() };
        // Some servers write the member that does not apply as `null`.
        let error = self.error.filter(|error| self.result.is_none() || error.of(text) != "null");
        let outcome = match (self.result, error) {
            (Some(result), None) => Ok(raw(result)),
            (None, Some(error)) => {
                let error = raw(error);
                let reason = || format!("its error has no integer code: {}", shown(error.as_str()));
                let misread = || Rejected::Response { id: id.clone(), reason: reason().into() };
                Err(read_error(&error).ok_or_else(misread)?)
            }
            (Some(_), Some(_)) => return Err(misread("it has a result and an error")),
            (None, None) => {
                return Err(self.refuse(text, Error::invalid_request("the member `method` is missing")));
            }
        };
        if id.is_none() && outcome.is_ok() {
            return Err(misread("it has a result and no id"));
        }
        Ok(Message::Response(Response { id, outcome }))
    }
}

/// Nothing of `data` is built: a peer may nest it as it likes, and mostly nobody reads it.
fn read_error(raw: &RawJson) -> Option<ErrorObject> {
    /// A `data` of `null` is told apart from none.
    #[derive(Deserialize)]
    struct Wire {
        code: RawJson,
        message: Option<RawJson>,
        #[serde(default, deserialize_with = "present")]
        data: Option<RawJson>,
    }
    let Wire { code, message, data } = raw.parse().ok()?;
    let integer = || Decimal::parse(code.as_str())?.to_integer(19)?.parse().ok();
    let code = code.parse().ok().or_else(integer)?;
    // A sentence is for people: what is none is shown as it came.
    let shown =
        |message: RawJson| message.to_text().map_or_else(|| message.as_str().to_owned(), |text| text.to_string());
    let message = message.filter(|message| !message.is_null()).map(shown).unwrap_or_default();
    Some(ErrorObject { code, message, data })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn read(text: &str) -> Result<Message, Rejected> {
        decode(&Bytes::copy_from_slice(text.as_bytes()), &Limits::default())
    }

    fn refused(text: &str) -> (Option<RequestId>, ErrorKind) {
        match read(text) {
            Err(Rejected::Answer { id, error }) => (id, error.kind()),
            other => panic!("{text} gave {other:?}"),
        }
    }

    #[test]
    fn a_request_shares_the_frame_and_finds_its_members() {
        let frame = Bytes::from_static(
            br#"{"jsonrpc":"2.0","id":1,"method":"tools\/call","params":{"_meta":{"k":{"x":1}},"name":"add","arguments":{"a":1}}}"#,
        );
        let Ok(Message::Request(request)) = decode(&frame, &Limits::default()) else { panic!("no request") };
        assert_eq!(request.method, "tools/call");
        assert_eq!(request.params.text("name").unwrap(), "add");
        assert_eq!(request.params.meta("k").unwrap().as_str(), r#"{"x":1}"#);
        let arguments = request.params.get("arguments").unwrap();
        assert!(frame.as_ptr_range().contains(&arguments.as_str().as_ptr()));
        assert_eq!(request.params.get("x"), None);
    }

    /// Held to 2026-07-28, basic, "Requests", "Result Responses".
    #[test]
    fn ids_are_strings_or_integers_and_come_back_exactly() {
        for (sent, echoed) in [
            ("1", "1"),
            ("1.0", "1.0"),
            ("1e2", "1e2"),
            ("18446744073709551616", "18446744073709551616"),
            ("-0", "-0"),
            ("9007199254740993", "9007199254740993"),
            ("9223372036854775807", "9223372036854775807"),
            ("\"\"", "\"\""),
            ("\"1\"", "\"1\""),
            ("\"a\\n😀\"", "\"a\\n😀\""),
        ] {
            let Ok(Message::Request(request)) = read(&format!(r#"{{"jsonrpc":"2.0","method":"m","id":{sent}}}"#))
            else {
                panic!("{sent}")
            };
            let mut out = Vec::new();
            request.id.write(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), echoed);
        }
        let of_length = |length: usize| format!("\"{}\"", "x".repeat(length));
        assert!(read(&format!(r#"{{"jsonrpc":"2.0","method":"m","id":{}}}"#, of_length(1024))).is_ok());
        for sent in ["null", "1.5", "1e-2", "true", "{}", "[]", &of_length(1025)] {
            let text = format!(r#"{{"jsonrpc":"2.0","method":"m","id":{sent}}}"#);
            assert_eq!(refused(&text), (None, ErrorKind::InvalidRequest), "{sent}");
        }
    }

    /// Held to 2026-07-28, basic, "Messages", "Error Codes"; 2025-06-18, changelog, "Major changes".
    #[test]
    fn broken_envelopes_are_answered_with_the_id_that_could_be_read() {
        use ErrorKind::{InvalidParams, InvalidRequest, Parse};
        let id = Some(RequestId::Number(7));
        for (text, expected) in [
            (r#"{"id":7,"method":"m"}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"1.0","id":7,"method":"m"}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":2.0,"id":7,"method":"m"}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7}"#, (None, InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"id":8,"method":"m"}"#, (None, InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"\u0069d":7,"method":"m"}"#, (None, InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":1}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"Method":"m"}"#, (None, InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method\u0000":"m"}"#, (None, InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"m","m\u0065thod":"n"}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"m","params":{"name":"a","name":"b"}}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"m","result":{}}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"m","params":[1]}"#, (id.clone(), InvalidParams)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"m""#, (id.clone(), Parse)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"\ud83d"}"#, (id.clone(), Parse)),
            (r#"{"jsonrpc":"2.0","method":"m","params":{"a":1,},"id":7}"#, (id, Parse)),
            (r#"{"jsonrpc":"2.0","method":"m","params":{"a":1,},"id":7"#, (None, Parse)),
            (r#"{"jsonrpc":"2.0","id":7"#, (None, Parse)),
            ("[]", (None, InvalidRequest)),
            ("[1]", (None, InvalidRequest)),
            ("true", (None, InvalidRequest)),
            ("{}", (None, InvalidRequest)),
        ] {
            assert_eq!(refused(text), expected, "{text}");
        }
    }

    /// Held to 2024-11-05, basic/messages, "Responses"; 2026-07-28, basic, "Error Responses", "Notifications".
    #[test]
    fn malformed_notifications_and_responses_are_not_answered() {
        assert!(matches!(read(r#"{"jsonrpc":"2.0","method":"n","params":3}"#), Err(Rejected::Ignore { .. })));
        // What has no name is no notification.
        assert!(matches!(read(r#"{"jsonrpc":"2.0","method":1}"#), Err(Rejected::Answer { id: None, .. })));
        for (text, of) in [
            (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}"#, Some(1)),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"message":"x"}}"#, Some(1)),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"x"}}"#, Some(1)),
            (r#"{"jsonrpc":"2.0","result":{}}"#, None),
            (r#"{"id":1,"result":{}}"#, Some(1)),
            (r#"{"jsonrpc":"2.0","id":1,"id":1,"result":{}}"#, None),
            (r#"{"jsonrpc":"2.0","id":1,"result":{"a":}}"#, Some(1)),
            (r#"{"jsonrpc":"2.0","id":1,"result":"\ud83d"}"#, Some(1)),
        ] {
            let Err(Rejected::Response { id, .. }) = read(text) else { panic!("{text}") };
            assert_eq!(id, of.map(RequestId::Number), "{text}");
        }
    }

    #[test]
    fn an_error_of_null_beside_a_result_is_none() {
        let read = |text: &str| match read(text) {
            Ok(Message::Response(response)) => response.outcome,
            other => panic!("{other:?}"),
        };
        assert_eq!(read(r#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#), Ok(RawJson::EMPTY_OBJECT));
        assert_eq!(read(r#"{"jsonrpc":"2.0","id":1,"error":null,"result":null}"#), Ok(RawJson::NULL));
    }

    /// Whether there is such a method is for others to say.
    #[test]
    fn a_method_is_any_string() {
        for method in ["".to_owned(), "x".repeat(100_000)] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"}}"#);
            assert!(matches!(read(&text), Ok(Message::Request(request)) if request.method == *method));
        }
    }

    /// Held to 2026-07-28, schema, "JSONRPCErrorResponse".
    #[test]
    fn responses_are_read_with_and_without_an_id() {
        let Ok(Message::Response(response)) =
            read(r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x","data":null}}"#)
        else {
            panic!("no response")
        };
        assert_eq!(response.id, None);
        let error = response.outcome.unwrap_err();
        assert_eq!((error.code, error.data), (-32700, Some(RawJson::NULL)));
    }

    /// A key is the same key with or without escapes, before and behind its twin.
    #[test]
    fn a_repeated_member_is_found_however_it_is_spelt() {
        for params in [
            r#"{"name":1,"name":2}"#,
            r#"{"n\u0061me":1,"name":2}"#,
            r#"{"name":1,"a":0,"b":0,"n\u0061me":2}"#,
            r#"{"":1,"":2}"#,
            r#"{"_meta":{"k":1,"k":2}}"#,
        ] {
            let text = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{params}}}"#);
            assert!(read(&text).is_err(), "{params}");
        }
        let apart = r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"id":1,"method":2,"_meta":{"id":3},"":4}}"#;
        assert!(read(apart).is_ok());
    }

    /// A small part of a large message does not hold the message.
    #[test]
    fn what_is_taken_out_of_a_message_holds_at_most_twice_its_length() {
        let large = "x".repeat(100_000);
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":"id","method":"method","params":{{"_meta":{{"k":"v"}},"name":"small","large":"{large}"}}}}"#
        );
        let frame = Bytes::from(text);
        let Ok(Message::Request(Request { id, method, params })) = decode(&frame, &Limits::default()) else { panic!() };
        let kept = (id, method, params.text("name"), params.get("name"), params.meta("k"));
        let whole = params.get("large").unwrap();
        let params = params.into_kept();
        assert!(!frame.is_unique());
        drop(whole);
        assert!(frame.is_unique(), "{kept:?} {params:?}");
        assert_eq!(params.meta("k"), kept.4);
        let reply =
            Bytes::from(format!(r#"{{"jsonrpc":"2.0","id":"id","error":{{"code":1,"message":"{large}","data":1}}}}"#));
        let Ok(Message::Response(response)) = decode(&reply, &Limits::default()) else { panic!() };
        assert!(reply.is_unique(), "{:?}", response.id);
    }

    /// However keys are spelt, each is read a few times at most, so that a message costs time in proportion to its length.
    #[test]
    fn a_hundred_thousand_escaped_keys_are_read_once_each() {
        let escaped =
            |n: usize| format!("{n:05}").chars().map(|digit| format!("\\u00{:02x}", digit as u32)).collect::<String>();
        let many = |n: usize| (0..n).map(|i| format!("\"{}\":{i}", escaped(i))).collect::<Vec<_>>().join(",");
        let text = |params: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{{params}}}}}"#);
        let read_keys = |text: &str| {
            let before = crate::json::unescaped_count();
            let is_ok = read(text).is_ok();
            (is_ok, crate::json::unescaped_count() - before)
        };
        let (is_ok, count) = read_keys(&text(&many(99_000)));
        assert!(is_ok && count <= 3 * 99_000, "{count}");
        let (is_ok, count) = read_keys(&text(&format!("{},\"00500\":0", many(90_000))));
        assert!(!is_ok && count <= 6 * 90_000, "{count}");
    }

    #[test]
    fn a_hundred_thousand_params_are_read_and_a_duplicate_among_them_is_found() {
        let many = |n: usize| (0..n).map(|i| format!("\"k{i}\":{i}")).collect::<Vec<_>>().join(",");
        let text = |params: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{{params}}}}}"#);
        assert!(read(&text(&many(99_000))).is_ok());
        assert!(read(&text(&format!("{},\"k5\":0", many(1000)))).is_err());
    }
}
