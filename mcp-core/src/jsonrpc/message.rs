//! What a frame says: a request, a notification or a response.

use std::fmt;

use serde_json::Value;

use super::{
    RequestId,
    scan::{Member, Scope, Span},
};
use crate::json::{RawJson, Text};

/// One JSON-RPC message. Closed: JSON-RPC has these three.
#[derive(Debug, Clone)]
pub enum Message {
    /// Wants an answer.
    Request(Request),
    /// Wants none, not even an error (JRPC-013).
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
    /// Which request is answered. Errors about unreadable requests carry none (JRPC-012).
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
    /// Anything more; `None` if there is no such member.
    pub data: Option<Value>,
}

/// The parameters of a message: the place of each member, and the text they share.
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

    fn find(&self, scope: Scope, key: &str) -> Option<RawJson> {
        let found = self.members.iter().find(|member| member.scope == scope && member.is(&self.text, key))?;
        Some(self.share(found.value))
    }

    fn share(&self, span: Span) -> RawJson {
        RawJson::scanned(self.text.share(span.of(&self.text)))
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.whole.map_or("", |span| span.of(&self.text)))
    }
}
