//! What a frame says: a request, a notification or a response.

use std::{borrow::Cow, fmt};

use super::{
    RequestId,
    member::{Members, Scope, Span},
    scan::Lines,
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

/// A value that stands in a frame, as one that may be kept.
pub(super) fn value_of(frame: &Text, value: &str, lines: Lines) -> RawJson {
    let value = own(frame, value);
    match lines {
        Lines::One => RawJson::on_one_line(value),
        Lines::Many => RawJson::scanned(value),
    }
}

/// The text of a string whose literal is a part of a frame; `None` for a value that is no string.
pub(super) fn own_text(frame: &Text, json: &str) -> Option<Text> {
    Some(match literal(json)? {
        Cow::Borrowed(text) => own(frame, text),
        Cow::Owned(text) => Text::from(text),
    })
}

/// The parameters of a message: the place of each member, and the text they share.
///
/// What is taken out of them holds at most twice its own length, or a frame of 4 KiB.
#[derive(Clone, Default)]
pub struct Params(
    /// Boxed: every request goes through many hands. `None` for none.
    Option<Box<Scanned>>,
);

/// A text that has been scanned, and where its members stand.
#[derive(Clone, Default)]
pub(super) struct Scanned {
    pub(super) text: Text,
    pub(super) lines: Lines,
    /// Where `params` stands, if there is one.
    pub(super) whole: Option<Span>,
    pub(super) members: Members,
}

impl Params {
    pub(super) fn new(scanned: Box<Scanned>) -> Self {
        Self(Some(scanned))
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
        let scanned = self.0.as_ref()?;
        own_text(&scanned.text, self.peek(Scope::Params, key)?)
    }

    /// All of `params`, or `None` if the message has none.
    pub fn raw(&self) -> Option<RawJson> {
        let scanned = self.0.as_ref()?;
        scanned.whole.map(|span| scanned.share(span))
    }

    /// About how many bytes they take, if nothing else shares their text.
    pub(crate) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |scanned| scanned.bytes())
    }

    /// `params` without `_meta`: what belongs to the method. `{}` if the message has none.
    pub fn without_meta(&self) -> RawJson {
        self.0.as_ref().map_or(RawJson::EMPTY_OBJECT, |scanned| scanned.without_meta())
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
        let Some(scanned) = &self.0 else { return found };
        for member in scanned.members.iter().filter(|member| member.scope == Scope::Meta) {
            if let Some((slot, _)) = found.iter_mut().zip(keys).find(|(_, key)| member.is(&scanned.text, key)) {
                *slot = Some(member.value.of(&scanned.text));
            }
        }
        found
    }

    /// Whether `params` may have a member whose name has so many bytes, or more. Cheaper than any look for one: for names
    /// that few requests have, and that are longer than those which all have.
    pub fn may_have_longer(&self, than: usize) -> bool {
        let members = self.0.as_deref().map_or(&[][..], |scanned| &scanned.members);
        members.iter().any(|member| member.scope == Scope::Params && member.key.len() >= than + 2)
    }

    /// The value that was peeked at, as one that may be kept.
    pub(crate) fn own(&self, peeked: &str) -> RawJson {
        self.0.as_ref().map_or(RawJson::NULL, |scanned| scanned.own(peeked))
    }

    /// The member `key` of `params._meta` if it is a string, borrowed.
    pub fn peek_meta_text(&self, key: &str) -> Option<Cow<'_, str>> {
        self.peek(Scope::Meta, key).and_then(literal)
    }

    /// What may be kept for as long as the call runs: a small frame as it is, of a large one only `_meta`, so that
    /// arguments that were decoded do not stay in memory twice.
    #[must_use]
    pub fn into_kept(self) -> Self {
        match &self.0 {
            Some(scanned) if scanned.text.len() > SMALL_FRAME => self.only_meta(),
            _ => self,
        }
    }

    /// A copy of `_meta` alone, for what outlives the request.
    #[cold]
    pub(crate) fn only_meta(&self) -> Self {
        Self(self.0.as_ref().map(|scanned| Box::new(scanned.only_meta())))
    }

    fn peek(&self, scope: Scope, key: &str) -> Option<&str> {
        let scanned = self.0.as_ref()?;
        scanned.span(scope, key).map(|span| span.of(&scanned.text))
    }

    fn find(&self, scope: Scope, key: &str) -> Option<RawJson> {
        let scanned = self.0.as_ref()?;
        scanned.span(scope, key).map(|span| scanned.share(span))
    }
}

impl Scanned {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.len() + size_of_val(&*self.members)
    }

    fn without_meta(&self) -> RawJson {
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

    #[cold]
    fn only_meta(&self) -> Self {
        let mut text = String::new();
        let mut keep = |span: Span| {
            let start = text.len();
            text.push_str(span.of(&self.text));
            Span::new(start, text.len())
        };
        let of_meta = self.members.iter().filter(|member| member.scope == Scope::Meta);
        let members = of_meta.map(|member| member.moved(&mut keep)).collect();
        Self { text: Text::from(text), lines: self.lines, whole: None, members }
    }

    fn span(&self, scope: Scope, key: &str) -> Option<Span> {
        self.members.iter().find(|member| member.scope == scope && member.is(&self.text, key)).map(|found| found.value)
    }

    fn share(&self, span: Span) -> RawJson {
        self.own(span.of(&self.text))
    }

    /// A value that stands in the text, as one that may be kept.
    fn own(&self, value: &str) -> RawJson {
        value_of(&self.text, value, self.lines)
    }
}

/// The text of a JSON value that is a string.
fn literal(json: &str) -> Option<Cow<'_, str>> {
    json.starts_with('"').then(|| unescape(json))
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.as_ref().and_then(|scanned| Some(scanned.whole?.of(&scanned.text)));
        f.write_str(whole.unwrap_or_default())
    }
}
