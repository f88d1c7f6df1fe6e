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
        for (name, value) in headers {
            if let Some((place, _)) = found.iter_mut().zip(names).find(|(_, wanted)| *wanted == name) {
                *place = if matches!(place, Self::Absent) { Self::Once(value) } else { Self::Repeated };
            }
        }
        found
    }
}

/// The text of a header, if it is one: visible ASCII, spaces and tabs. Out of line, because many look at headers.
#[inline(never)]
pub(crate) fn text_of(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, HOST, ORIGIN};

    use super::*;

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
