//! Headers that may stand once.

use http::{HeaderMap, HeaderName, HeaderValue};

/// A header that may stand once: two of them could be read differently on the way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Single<'a> {
    #[default]
    Absent,
    Once(&'a HeaderValue),
    Repeated,
}

impl<'a> Single<'a> {
    /// Finds several in one walk over all headers; a look-up would hash each name anew.
    pub(crate) fn find<const N: usize>(headers: &'a HeaderMap, names: [&HeaderName; N]) -> [Self; N] {
        let mut found = [Self::Absent; N];
        Self::find_in(headers, &names, &mut found);
        found
    }

    /// As [`find`](Self::find), whatever their number: each request is looked through for several sets of names.
    #[inline(never)]
    fn find_in(headers: &'a HeaderMap, names: &[&HeaderName], found: &mut [Self]) {
        for (name, value) in headers {
            if let Some((place, _)) = found.iter_mut().zip(names).find(|(_, wanted)| **wanted == name) {
                *place = if matches!(place, Self::Absent) { Self::Once(value) } else { Self::Repeated };
            }
        }
    }
}

/// The text of a header, if it is one: visible ASCII, spaces and tabs. Out of line, because many look at headers.
#[inline(never)]
pub(crate) fn text_of(value: &HeaderValue) -> Option<&str> {
    // No header value holds other control characters. As it says this less of the bytes, it is a fraction of the code of
    // `HeaderValue::to_str`.
    let text = value.as_bytes();
    if text.is_ascii() { str::from_utf8(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, HOST, ORIGIN};

    use super::*;

    /// Held to RFC 9110, section 5.5.
    #[test]
    fn a_header_is_text_as_far_as_it_is_visible_ascii_spaces_and_tabs() {
        for text in ["", " ", "a\tb", "~", "application/json, text/event-stream"] {
            assert_eq!(text_of(&HeaderValue::from_static(text)), Some(text));
        }
        for other in ["ü".as_bytes(), b"a\x80", b"\xff", "application/json, text/event-stream ü".as_bytes()] {
            let value = HeaderValue::from_bytes(other).unwrap();
            assert_eq!((text_of(&value), value.to_str().ok()), (None, None), "{other:?}");
        }
        // What `text_of` need not look for.
        for byte in (0..32).filter(|byte| *byte != b'\t').chain([127]) {
            assert!(HeaderValue::from_bytes(&[byte]).is_err(), "{byte}");
        }
    }

    #[test]
    fn a_header_is_absent_or_stands_once_or_more_than_once() {
        let pairs = [(HOST, "a"), (ACCEPT, "b"), (HOST, "c"), (HOST, "d")];
        let headers: HeaderMap =
            pairs.map(|(name, value)| (name, HeaderValue::from_static(value))).into_iter().collect();
        let [host, accept, origin] = Single::find(&headers, [&HOST, &ACCEPT, &ORIGIN]);
        assert!(matches!((host, origin), (Single::Repeated, Single::Absent)));
        assert!(matches!(accept, Single::Once(value) if value == "b"));
    }
}
