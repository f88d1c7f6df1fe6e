//! What a frame says: a request, a notification or a response.

use std::{borrow::Cow, fmt};

use super::{
    RequestId,
    member::{Member, Scope, Span},
};
use crate::json::{RawJson, Text, unescape};

/// One JSON-RPC message. Closed: JSON-RPC has these three.
#[derive(Debug, Clone)]
pub enum Message {
    /// Wants an answer.
    Request(Request),
    /// Wants none, not even an error (2026-07-28, basic, "Notifications").
    Notification(Notification),
    /// Answers a request of ours.
    Response(Response),
}

/// A question that wants exactly one answer.
#[derive(Debug, Clone)]
pub struct Request {
    /// Chosen by the peer; it comes back with the answer.
    pub id: RequestId,
    /// The method's name.
    pub method: Text,
    /// The parameters, found but not decoded.
    pub params: Params,
}

/// Something the peer wants known.
#[derive(Debug, Clone)]
pub struct Notification {
    /// The notification's name.
    pub method: Text,
    /// The parameters, found but not decoded.
    pub params: Params,
}

/// The answer to a request of ours, still raw: it is decoded by the method that was asked.
#[derive(Debug, Clone)]
pub struct Response {
    /// Which request is answered. Errors about unreadable requests carry none (2026-07-28, schema,
    /// "JSONRPCErrorResponse").
    pub id: Option<RequestId>,
    /// The result, or the error object.
    pub outcome: Result<RawJson, ErrorObject>,
}

/// An error object as it stands on the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorObject {
    /// The number.
    pub code: i64,
    /// The sentence.
    pub message: String,
    /// Anything more; `None` if there is no such member. It is decoded by whoever knows what it should be.
    pub data: Option<RawJson>,
}

/// The longest frame that may be kept for the sake of a part of it, in bytes. Of a longer one, what is kept holds at
/// most twice its own length.
const SMALL_FRAME: usize = 4 << 10;

/// A part of a frame as something that may be kept: a slice of it, or a copy if it is a small part of a large frame.
pub(super) fn own(frame: &Text, part: &str) -> Text {
    if frame.len() > SMALL_FRAME && part.len() < frame.len() / 2 { Text::from(part) } else { frame.share(part) }
}

/// The parameters of a message: the place of each member, and the text they share.
///
/// What is taken out of them holds at most twice its own length, or a frame of 4 KiB.
#[derive(Clone, Default)]
pub struct Params {
    text: Text,
    whole: Option<Span>,
    members: Vec<Member>,
}

impl Params {
    pub(super) fn new(text: Text, whole: Option<Span>, members: Vec<Member>) -> Self {
        Self { text, whole, members }
    }

    /// The member `key` of `params`.
    pub fn get(&self, key: &str) -> Option<RawJson> {
        self.find(Scope::Params, key)
    }

    /// The member `key` of `params._meta`.
    pub fn meta(&self, key: &str) -> Option<RawJson> {
        self.find(Scope::Meta, key)
    }

    /// The member `key` of `params` if it is a string.
    pub fn text(&self, key: &str) -> Option<Text> {
        self.get(key)?.to_text()
    }

    /// All of `params`, or `None` if the message has none.
    pub fn raw(&self) -> Option<RawJson> {
        self.whole.map(|span| self.share(span))
    }

    /// `params` without `_meta`: what belongs to the method. `{}` if the message has none.
    pub fn without_meta(&self) -> RawJson {
        let own = || self.members.iter().filter(|member| member.scope == Scope::Params);
        let Some(whole) = self.whole else { return RawJson::EMPTY_OBJECT };
        if !own().any(|member| member.is(&self.text, "_meta")) {
            return self.share(whole);
        }
        let mut text = String::with_capacity(whole.of(&self.text).len());
        for member in own().filter(|member| !member.is(&self.text, "_meta")) {
            text.push(if text.is_empty() { '{' } else { ',' });
            text.push_str(member.key.of(&self.text));
            text.push(':');
            text.push_str(member.value.of(&self.text));
        }
        text.push_str(if text.is_empty() { "{}" } else { "}" });
        RawJson::scanned(Text::from(text))
    }

    /// As [`Params::text`], borrowed: for what is only compared.
    pub fn peek_text(&self, key: &str) -> Option<Cow<'_, str>> {
        self.peek(Scope::Params, key).and_then(literal)
    }

    /// The JSON text of the member `key` of `params._meta`, borrowed: for what is only looked at.
    pub fn peek_meta(&self, key: &str) -> Option<&str> {
        self.peek(Scope::Meta, key)
    }

    /// As [`Params::peek_meta`] for each of `keys`, found in one walk.
    pub fn peek_metas<const N: usize>(&self, keys: [&str; N]) -> [Option<&str>; N] {
        let mut found = [None; N];
        for member in self.members.iter().filter(|member| member.scope == Scope::Meta) {
            if let Some((slot, _)) = found.iter_mut().zip(keys).find(|(_, key)| member.is(&self.text, key)) {
                *slot = Some(member.value.of(&self.text));
            }
        }
        found
    }

    /// The value that was peeked at, as one that may be kept.
    pub(crate) fn own(&self, peeked: &str) -> RawJson {
        RawJson::scanned(own(&self.text, peeked))
    }

    /// The member `key` of `params._meta` if it is a string, borrowed.
    pub fn peek_meta_text(&self, key: &str) -> Option<Cow<'_, str>> {
        self.peek(Scope::Meta, key).and_then(literal)
    }

    /// What may be kept for as long as the call runs: a small frame as it is, of a large one only `_meta`, so that
    /// arguments that were decoded do not stay in memory twice.
    #[must_use]
    pub fn into_kept(self) -> Self {
        if self.text.len() <= SMALL_FRAME { self } else { self.only_meta() }
    }

    fn only_meta(&self) -> Self {
        let mut text = String::new();
        let mut keep = |span: Span| {
            let start = text.len();
            text.push_str(span.of(&self.text));
            Span::new(start, text.len())
        };
        let of_meta = self.members.iter().filter(|member| member.scope == Scope::Meta);
        let members = of_meta.map(|member| member.moved(&mut keep)).collect();
        Self { text: Text::from(text), whole: None, members }
    }

    fn peek(&self, scope: Scope, key: &str) -> Option<&str> {
        self.span(scope, key).map(|span| span.of(&self.text))
    }

    fn find(&self, scope: Scope, key: &str) -> Option<RawJson> {
        self.span(scope, key).map(|span| self.share(span))
    }

    fn span(&self, scope: Scope, key: &str) -> Option<Span> {
        self.members.iter().find(|member| member.scope == scope && member.is(&self.text, key)).map(|found| found.value)
    }

    fn share(&self, span: Span) -> RawJson {
        RawJson::scanned(own(&self.text, span.of(&self.text)))
    }
}

/// The text of a JSON value that is a string.
fn literal(json: &str) -> Option<Cow<'_, str>> {
    json.starts_with('"').then(|| unescape(json))
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.whole.map_or("", |span| span.of(&self.text)))
    }
}
