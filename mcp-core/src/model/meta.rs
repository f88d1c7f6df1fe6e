//! What any party may attach.

use serde_json::Value;

/// The open `_meta` object that most types carry. Keys with a prefix whose second label is `mcp` or
/// `modelcontextprotocol` belong to the protocol (2026-07-28, basic, "`_meta`").
///
/// Where it stands in a type it is boxed: it is rare and large, and what a call answers is moved from hand to hand.
pub type Meta = serde_json::Map<String, Value>;

/// Collects what a program attaches.
pub(super) fn collect(members: impl IntoIterator<Item = (impl Into<String>, impl Into<Value>)>) -> Box<Meta> {
    Box::new(members.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
}
