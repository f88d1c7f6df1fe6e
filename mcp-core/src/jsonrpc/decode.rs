//! From a frame to a message, with the rules of JSON-RPC 2.0 as MCP narrows them.

use bytes::Bytes;
use serde::Deserialize;

use super::{
    ErrorObject, Limits, Message, Notification, Params, Request, RequestId, Response,
    member::{Member, Scope, Span, has_duplicates},
    recover::recover_id,
    scan::{Fault, scan},
};
use crate::{
    error::Error,
    json::{RawJson, Text, present},
};

/// The longest method name that is accepted, in bytes.
const METHOD_MAX_LEN: usize = 256;

/// A frame that is no message, and what its sender should hear.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejected {
    /// Answer with this error, and with the id if one could be read.
    Answer {
        /// The id of the unreadable request, where one was found.
        id: Option<RequestId>,
        /// What to say.
        error: Error,
    },
    /// A malformed notification or response: nobody waits for an answer.
    Ignore {
        /// What was wrong, for the log.
        reason: &'static str,
    },
}

/// Reads one message from one frame.
///
/// The message shares the frame's memory. What is malformed is refused as a whole and costs only itself.
///
/// # Errors
///
/// [`Rejected`] for what is not UTF-8, not JSON, too deep, or not one JSON-RPC message; a batch is no message
/// (JRPC-027).
pub fn decode(frame: &Bytes, limits: &Limits) -> Result<Message, Rejected> {
    let unreadable = |error| Rejected::Answer { id: recover_id(frame), error };
    let Some(text) = Text::from_utf8(frame.clone()) else {
        return Err(unreadable(Error::parse("the message is not UTF-8")));
    };
    let members = scan(&text, limits).map_err(|fault| unreadable(explain(fault)))?;
    let envelope = Envelope::find(&text, &members)?;
    if has_duplicates(&members, &text) {
        let error = Error::invalid_request("a member stands twice in the message, its params or its _meta");
        return Err(envelope.refuse(&text, error));
    }
    envelope.into_message(text, members)
}

fn explain(fault: Fault) -> Error {
    match fault {
        Fault::Syntax { what, at } => Error::parse(format!("the message is not JSON: {what} (byte {at})")),
        Fault::TooDeep(limit) => {
            Error::parse(format!("the message is nested too deep: at most {limit} levels are read"))
        }
        Fault::TooManyKeys(limit) => Error::parse(format!("the message has too many keys: at most {limit} are read")),
    }
}

/// Where the members of the envelope stand.
#[derive(Default)]
struct Envelope {
    jsonrpc: Option<Span>,
    id: Option<Span>,
    method: Option<Span>,
    params: Option<Span>,
    result: Option<Span>,
    error: Option<Span>,
}

impl Envelope {
    fn find(text: &Text, members: &[Member]) -> Result<Self, Rejected> {
        if !text.trim_start().starts_with('{') {
            let error = if text.trim_start().starts_with('[') {
                Error::invalid_request("batches are not served: send each message on its own")
            } else {
                Error::invalid_request("a message is a JSON object")
            };
            return Err(Rejected::Answer { id: None, error });
        }
        let mut envelope = Self::default();
        for member in members.iter().filter(|member| member.scope == Scope::Root) {
            let slot = match &*member.name(text) {
                "jsonrpc" => &mut envelope.jsonrpc,
                "id" => &mut envelope.id,
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

    fn raw(text: &Text, span: Span) -> RawJson {
        RawJson::scanned(text.share(span.of(text)))
    }

    fn id(&self, text: &Text) -> Option<RequestId> {
        self.id.and_then(|span| RequestId::from_json(&Self::raw(text, span)))
    }

    /// The error for a message that is JSON but breaks a rule: an answer if somebody waits for one.
    fn refuse(&self, text: &Text, error: Error) -> Rejected {
        let is_response = self.method.is_none() && (self.result.is_some() || self.error.is_some());
        let is_notification = self.method.is_some() && self.id.is_none();
        if is_response || is_notification {
            return Rejected::Ignore { reason: "a notification or response that is malformed" };
        }
        Rejected::Answer { id: self.id(text), error }
    }

    fn into_message(self, text: Text, members: Vec<Member>) -> Result<Message, Rejected> {
        if self.jsonrpc.map(|span| span.of(&text)) != Some("\"2.0\"") {
            return Err(self.refuse(&text, Error::invalid_request("the member `jsonrpc` must be \"2.0\"")));
        }
        if self.method.is_none() {
            return self.into_response(&text);
        }
        if self.result.is_some() || self.error.is_some() {
            let error = Error::invalid_request("a message has a method, or a result or error, never both");
            return Err(self.refuse(&text, error));
        }
        let method = self.method.and_then(|span| Self::raw(&text, span).to_text());
        let Some(method) = method.filter(|name| !name.is_empty() && name.len() <= METHOD_MAX_LEN) else {
            let error = Error::invalid_request("the member `method` must be a string of 1 to 256 bytes");
            return Err(self.refuse(&text, error));
        };
        let whole = self.params.filter(|span| span.of(&text) != "null");
        if whole.is_some_and(|span| !span.of(&text).starts_with('{')) {
            return Err(self.refuse(&text, Error::invalid_params("the member `params` must be an object")));
        }
        if self.id.is_none() {
            return Ok(Message::Notification(Notification { method, params: Params::new(text, whole, members) }));
        }
        let Some(id) = self.id(&text) else {
            let error = Error::invalid_request(
                "the member `id` must be a string of at most 256 bytes or an integer of 64 bits",
            );
            return Err(Rejected::Answer { id: None, error });
        };
        Ok(Message::Request(Request { id, method, params: Params::new(text, whole, members) }))
    }

    fn into_response(self, text: &Text) -> Result<Message, Rejected> {
        let outcome = match (self.result, self.error) {
            (Some(result), None) => Ok(Self::raw(text, result)),
            (None, Some(error)) => Err(read_error(&Self::raw(text, error))
                .ok_or(Rejected::Ignore { reason: "an error object without an integer code" })?),
            (Some(_), Some(_)) => return Err(Rejected::Ignore { reason: "a response with a result and an error" }),
            (None, None) => {
                return Err(self.refuse(text, Error::invalid_request("the member `method` is missing")));
            }
        };
        let id = self.id(text);
        if id.is_none() && outcome.is_ok() {
            return Err(Rejected::Ignore { reason: "a result without an id" });
        }
        Ok(Message::Response(Response { id, outcome }))
    }
}

/// Nothing of `data` is built: a peer may nest it as it likes, and mostly nobody reads it.
fn read_error(raw: &RawJson) -> Option<ErrorObject> {
    /// A `data` of `null` is told apart from none.
    #[derive(Deserialize)]
    struct Wire {
        code: i64,
        #[serde(default)]
        message: String,
        #[serde(default, deserialize_with = "present")]
        data: Option<RawJson>,
    }
    let Wire { code, message, data } = raw.parse().ok()?;
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

    /// JRPC-002, JRPC-005.
    #[test]
    fn ids_are_strings_or_integers_and_come_back_exactly() {
        for (sent, echoed) in [
            ("1", "1"),
            ("1.0", "1"),
            ("-0", "0"),
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
        let long = format!("\"{}\"", "x".repeat(257));
        for sent in ["null", "1.5", "true", "{}", "[]", "1e2", "9223372036854775808", &long] {
            let text = format!(r#"{{"jsonrpc":"2.0","method":"m","id":{sent}}}"#);
            assert_eq!(refused(&text), (None, ErrorKind::InvalidRequest), "{sent}");
        }
    }

    /// JRPC-001, JRPC-014, JRPC-027.
    #[test]
    fn broken_envelopes_are_answered_with_the_id_that_could_be_read() {
        use ErrorKind::{InvalidParams, InvalidRequest, Parse};
        let id = Some(RequestId::Number(7));
        for (text, expected) in [
            (r#"{"id":7,"method":"m"}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"1.0","id":7,"method":"m"}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":2.0,"id":7,"method":"m"}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":1}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":""}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"Method":"m"}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method\u0000":"m"}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"m","m\u0065thod":"n"}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"m","params":{"name":"a","name":"b"}}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"m","result":{}}"#, (id.clone(), InvalidRequest)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"m","params":[1]}"#, (id.clone(), InvalidParams)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"m""#, (id.clone(), Parse)),
            (r#"{"jsonrpc":"2.0","id":7,"method":"\ud83d"}"#, (id.clone(), Parse)),
            (r#"{"jsonrpc":"2.0","method":"m","params":{"a":1,},"id":7}"#, (id, Parse)),
            ("[]", (None, InvalidRequest)),
            ("[1]", (None, InvalidRequest)),
            ("true", (None, InvalidRequest)),
            ("{}", (None, InvalidRequest)),
        ] {
            assert_eq!(refused(text), expected, "{text}");
        }
    }

    /// JRPC-006, JRPC-011, JRPC-013.
    #[test]
    fn malformed_notifications_and_responses_are_ignored() {
        for text in [
            r#"{"jsonrpc":"2.0","method":"n","params":3}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"message":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"x"}}"#,
            r#"{"jsonrpc":"2.0","result":{}}"#,
        ] {
            assert!(matches!(read(text), Err(Rejected::Ignore { .. })), "{text}");
        }
    }

    /// JRPC-012.
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

    #[test]
    fn a_hundred_thousand_params_are_read_and_a_duplicate_among_them_is_found() {
        let many = |n: usize| (0..n).map(|i| format!("\"k{i}\":{i}")).collect::<Vec<_>>().join(",");
        let text = |params: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{{params}}}}}"#);
        assert!(read(&text(&many(99_000))).is_ok());
        assert!(read(&text(&format!("{},\"k5\":0", many(1000)))).is_err());
    }
}
