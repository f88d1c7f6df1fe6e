//! Reading parts of JSON without building the rest.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The elements of a JSON array, each a slice of it; `None` if the bytes are no array.
pub(crate) fn elements(array: &Bytes) -> Option<Vec<Bytes>> {
    let elements: Vec<&RawValue> = serde_json::from_slice(array).ok()?;
    Some(elements.into_iter().map(|element| array.slice_ref(element.get().as_bytes())).collect())
}

/// For fields where `null` differs from absence: `#[serde(default, deserialize_with = "json::present")]` on an
/// `Option` gives `Some` for whatever is there.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// The text of a JSON string literal, quotes included; borrowed if it has no escapes.
pub(crate) fn unescape(literal: &str) -> Cow<'_, str> {
    let inner = literal.strip_prefix('"').and_then(|s| s.strip_suffix('"')).unwrap_or(literal);
    if inner.contains('\\') {
        serde_json::from_str::<String>(literal).map_or(Cow::Borrowed(inner), Cow::Owned)
    } else {
        Cow::Borrowed(inner)
    }
}
