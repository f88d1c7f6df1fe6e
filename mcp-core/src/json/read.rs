//! Reading parts of JSON without building the rest.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{self, Unexpected, Visitor},
};
use serde_json::value::RawValue;

/// The elements of a JSON array, of which each holds at most twice its length; `None` if the bytes are no array.
pub(crate) fn elements(array: &Bytes) -> Option<Vec<Bytes>> {
    let elements: Vec<&RawValue> = serde_json::from_slice(array).ok()?;
    let own = |element: &RawValue| {
        let element = element.get().as_bytes();
        // A small element gets memory of its own: who keeps it must not keep the whole array.
        if element.len() < array.len() / 2 { Bytes::copy_from_slice(element) } else { array.slice_ref(element) }
    };
    Some(elements.into_iter().map(own).collect())
}

/// For fields where `null` differs from absence: `#[serde(default, deserialize_with = "json::present")]` on an
/// `Option` gives `Some` for whatever is there.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// For fields that hold a whole number, or nothing: one that is spelt as a fraction (`1.0`, `1e3`) is as whole.
pub(crate) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct Whole;

    impl Visitor<'_> for Whole {
        type Value = Option<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number")
        }

        fn visit_unit<E: de::Error>(self) -> Result<Option<u64>, E> {
            Ok(None)
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<Option<u64>, E> {
            Ok(Some(number))
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<Option<u64>, E> {
            u64::try_from(number).map(Some).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<Option<u64>, E> {
            // Beyond 2^53 a float does not say which whole number was meant.
            const EXACT: f64 = 9_007_199_254_740_992.0;
            let is_whole = (0.0..=EXACT).contains(&number) && number.fract() == 0.0;
            let whole = is_whole.then_some(number as u64);
            whole.map(Some).ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
        }
    }

    deserializer.deserialize_any(Whole)
}

/// Whether a JSON string literal spells `text`. Stops at the first difference, and copies nothing.
pub(crate) fn is_literal_of(literal: &str, text: &str) -> bool {
    // An escape has at most six bytes for one of the text.
    if literal.len() < text.len() + 2 || literal.len() > 6 * text.len() + 2 {
        return false;
    }
    let Some(mut rest) = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return false };
    let mut wanted = text;
    while let Some(next) = rest.chars().next() {
        let (spelt, length) = if next == '\\' { escaped(rest) } else { (Some(next), next.len_utf8()) };
        let Some(after) = spelt.and_then(|spelt| wanted.strip_prefix(spelt)) else { return false };
        wanted = after;
        rest = rest.get(length..).unwrap_or_default();
    }
    wanted.is_empty()
}

/// The character that the escape at the start of `text` stands for, and how long the escape is.
fn escaped(text: &str) -> (Option<char>, usize) {
    let unit = |from: usize| text.get(from..from + 4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let simple = match text.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let units = [unit(2), text.get(6..8).filter(|escape| *escape == "\\u").and_then(|_| unit(8))];
            let spelt = char::decode_utf16(units.into_iter().flatten()).next().and_then(Result::ok);
            return (spelt, if spelt.is_some_and(|spelt| spelt.len_utf16() == 2) { 12 } else { 6 });
        }
        Some(byte) => char::from(*byte),
        None => return (None, 1),
    };
    (Some(simple), 2)
}

/// The text of a JSON string literal, quotes included; borrowed if it has no escapes.
pub(crate) fn unescape(literal: &str) -> Cow<'_, str> {
    let inner = literal.strip_prefix('"').and_then(|s| s.strip_suffix('"')).unwrap_or(literal);
    if inner.contains('\\') {
        #[cfg(test)]
        tests::UNESCAPED.set(tests::UNESCAPED.get() + 1);
        serde_json::from_str::<String>(literal).map_or(Cow::Borrowed(inner), Cow::Owned)
    } else {
        Cow::Borrowed(inner)
    }
}

/// How many literals this thread has unescaped so far.
#[cfg(test)]
pub(crate) fn unescaped_count() -> usize {
    tests::UNESCAPED.get()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    thread_local! {
        /// How many literals this thread has unescaped.
        pub(super) static UNESCAPED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    proptest! {
        #[test]
        fn a_literal_spells_its_text_and_no_other(
            parts in proptest::collection::vec(prop_oneof![
                Just(r#"\u0061"#), Just("a"), Just(r#"\ud83d\ude00"#), Just("é"), Just(r#"\/"#), Just(r#"\""#),
                Just(r#"\n"#), Just(r#"\u00e9"#), Just(r#"\u20ac"#),
            ], 0..6),
            other in "[a€é/]{0,6}",
        ) {
            let literal = format!("\"{}\"", parts.concat());
            let text: String = serde_json::from_str(&literal).unwrap();
            prop_assert!(is_literal_of(&literal, &text), "{}", literal);
            prop_assert_eq!(is_literal_of(&literal, &other), other == text, "{}", literal);
        }
    }
}
