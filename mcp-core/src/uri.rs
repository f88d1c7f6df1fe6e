//! When two URIs are one: the normal form by which resources are compared.

use std::{borrow::Cow, ops::Range};

/// The normal form of a URI. Two URIs name one resource if their normal forms are the same text.
///
/// Listed resources, reads, subscriptions and announcements are compared by it. What is sent is the URI as somebody
/// wrote it, never this form.
///
/// ```
/// use mcp_core::uri::normal;
///
/// assert_eq!(normal("HTTPS://Example.ORG/%7Euser/%c3%bc"), "https://example.org/~user/%C3%BC");
/// assert_eq!(normal("notes://ü"), normal("notes://%C3%BC"));
/// assert_ne!(normal("notes://a/b"), normal("notes://a%2Fb"));
/// ```
///
/// - Scheme and host are in lower case (RFC 3986, section 6.2.2.1).
/// - Percent-encodings are in upper case, and letters, digits and `-._~` are not encoded (RFC 3986, sections 6.2.2.1
///   and 6.2.2.2).
/// - What no URI may hold is percent-encoded: whatever is not ASCII (RFC 3987, sections 3.1 and 5.3), spaces, controls,
///   any of `"<>\^` `` ` `` `{|}`, and a `%` with which no encoding begins.
///
/// Everything else stays, on purpose: `.` and `..`, because a template must see them to refuse them; the composition of
/// characters, which is not to be changed for a comparison (RFC 3987, section 5.3.2.2); ports and empty paths, which
/// mean what their scheme says they mean. Any text has a normal form, also one that is no URI.
///
/// A URI in normal form is borrowed: it is read once, and nothing is allocated.
pub fn normal(uri: &str) -> Cow<'_, str> {
    let encoded = encoded(uri);
    let [scheme, host] = without_case(&encoded);
    let is_lower = |part: &Range<usize>| letters(&encoded, part.clone()).all(|at| !is_upper(&encoded, at));
    if is_lower(&scheme) && is_lower(&host) {
        return encoded;
    }
    let places: Vec<usize> = letters(&encoded, scheme).chain(letters(&encoded, host)).collect();
    let mut text = encoded.into_owned();
    for at in places {
        if let Some(letter) = text.get_mut(at..=at) {
            letter.make_ascii_lowercase();
        }
    }
    Cow::Owned(text)
}

/// The URI with every character encoded as it is in the normal form; the case of letters stays.
pub(crate) fn encoded(uri: &str) -> Cow<'_, str> {
    let Some(first) = first_to_change(uri.as_bytes()) else { return Cow::Borrowed(uri) };
    let (kept, rest) = uri.split_at(first);
    let mut text = String::with_capacity(uri.len() + 8);
    text.push_str(kept);
    let mut rest = rest.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, triplet(after)) {
            (b'%', Some(decoded)) => {
                if is_unreserved(decoded) {
                    text.push(char::from(decoded));
                } else {
                    push_encoded(&mut text, decoded);
                }
                rest = &after[2..];
            }
            (byte, _) if is_plain(*byte) => text.push(char::from(*byte)),
            (byte, _) => push_encoded(&mut text, *byte),
        }
    }
    Cow::Owned(text)
}

/// Where the scheme and the host stand, whose letters may be of either case. `uri` is [`encoded`].
fn without_case(uri: &str) -> [Range<usize>; 2] {
    let bytes = uri.as_bytes();
    let in_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let end = bytes.iter().position(|byte| !in_scheme(byte)).unwrap_or_default();
    if bytes.get(end) != Some(&b':') || !bytes[0].is_ascii_alphabetic() {
        return [0..0, 0..0];
    }
    let Some(rest) = uri[end..].strip_prefix("://") else { return [0..end, 0..0] };
    let authority = rest.find(['/', '?', '#']).map_or(rest, |end| &rest[..end]);
    // What stands before the last `@` says who asks.
    let user = authority.rfind('@').map_or(0, |at| at + 1);
    let start = end + "://".len();
    [0..end, start + user..start + authority.len()]
}

/// Whether a `%` stands in it with which no encoding begins.
pub(crate) fn is_malformed(uri: &str) -> bool {
    let bytes = uri.as_bytes();
    let is_start = |(at, byte): (usize, &u8)| *byte == b'%' && triplet(&bytes[at + 1..]).is_none();
    bytes.iter().enumerate().any(is_start)
}

/// The places of the characters in a part of an [`encoded`] URI, but for those of percent-encodings.
fn letters(uri: &str, part: Range<usize>) -> impl Iterator<Item = usize> {
    let bytes = uri.as_bytes();
    part.filter(move |at| !(1..=2).any(|back| at.checked_sub(back).is_some_and(|at| bytes[at] == b'%')))
}

fn is_upper(uri: &str, at: usize) -> bool {
    uri.as_bytes()[at].is_ascii_uppercase()
}

/// The first byte that stands otherwise in the normal form, whatever its case.
fn first_to_change(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if is_plain(*byte) {
            at += 1;
            continue;
        }
        let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
        let is_normal = *byte == b'%'
            && !digits.iter().any(u8::is_ascii_lowercase)
            && triplet(digits).is_some_and(|decoded| !is_unreserved(decoded));
        if !is_normal {
            return Some(at);
        }
        at += 3;
    }
    None
}

/// The byte that two hexadecimal digits behind a `%` stand for.
fn triplet(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

fn push_encoded(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.extend(['%', char::from(DIGITS[usize::from(byte >> 4)]), char::from(DIGITS[usize::from(byte & 15)])]);
}

/// What never needs to be encoded (RFC 3986, section 2.3).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// What a URI may hold as it is: unreserved and reserved characters (RFC 3986, sections 2.2 and 2.3).
fn is_plain(byte: u8) -> bool {
    // A table, because every byte of every URI is asked for.
    const PLAIN: [bool; 256] = {
        let mut plain = [false; 256];
        let others = b"-._~:/?#[]@!$&'()*+,;=";
        let mut byte = 0;
        while byte < 256 {
            plain[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        let mut at = 0;
        while at < others.len() {
            plain[others[at] as usize] = true;
            at += 1;
        }
        plain
    };
    PLAIN[usize::from(byte)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_means_the_same_has_one_form() {
        for (form, others) in [
            ("test://%C3%BC", ["test://ü", "test://%c3%bc", "TEST://%c3%BC"].as_slice()),
            ("https://host.example/A", &["HTTPS://Host.EXAMPLE/A", "https://%48ost.example/%41"]),
            ("file:///a~b", &["file:///a%7Eb", "FILE:///a%7eb"]),
            ("urn:isbn:X", &["URN:isbn:X", "urn:isbn:%58"]),
            ("https://Me@host:80/", &["https://Me@HOST:80/"]),
            ("note://a%20b", &["note://a b"]),
            ("note://100%25", &["note://100%"]),
            ("note://h/%25A1", &["note://h/%%411"]),
        ] {
            assert_eq!(normal(form), form);
            assert!(matches!(normal(form), Cow::Borrowed(_)), "{form}");
            for other in others {
                assert_eq!(normal(other), form, "{other}");
            }
        }
    }

    #[test]
    fn what_means_something_else_stays() {
        for uri in ["a://b/C", "a://b?C", "a://b#C", "a:B", "a://b%2Fc", "a://b/../c", "://A", "1://A", "A/b:C", ""] {
            assert_eq!(normal(uri), uri);
        }
    }

    /// A character of a URI as somebody may write it.
    fn respelt(character: char, how: u8) -> String {
        let mut bytes = [0; 4];
        let bytes = character.encode_utf8(&mut bytes).bytes();
        match how % 3 {
            0 => character.to_string(),
            1 => bytes.map(|byte| format!("%{byte:02X}")).collect(),
            _ => bytes.map(|byte| format!("%{byte:02x}")).collect(),
        }
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own(uri in "([a-zA-Z+]{0,3}:)?(//)?([%a-fA-F0-9]|\\PC){0,24}") {
            let form = normal(&uri);
            prop_assert_eq!(normal(&form), &*form);
            prop_assert!(form.is_ascii());
            prop_assert!(!form.contains(' '));
        }

        /// Whatever is written otherwise without another meaning, the form is the same.
        #[test]
        fn spelling_does_not_count(
            host in "[a-z0-9.ü世-]{0,8}", path in "[A-Za-z0-9._~ü世 \u{1}-]{0,12}",
            upper: bool, how in proptest::collection::vec(any::<u8>(), 20),
        ) {
            let spell = |text: &str| text.chars().zip(&how).map(|(c, how)| respelt(c, *how)).collect::<String>();
            let start = if upper { format!("TEST://{}", host.to_ascii_uppercase()) } else { format!("test://{host}") };
            let start: String = start.split_at(7).0.to_owned() + &spell(start.split_at(7).1);
            let other = format!("{start}/{}?q#f", spell(&path));
            let plain = format!("test://{host}/{path}?q#f");
            prop_assert_eq!(normal(&other), normal(&plain));
        }

        /// A delimiter is not the same as its encoding, and letters of a path keep their case.
        #[test]
        fn meaning_counts(before in "[a-z]{1,5}", delimiter in "[/?#:@!$&'()*+,;=]", after in "[a-z]{1,5}") {
            let form = |uri: String| normal(&uri).into_owned();
            let encoded = respelt(delimiter.chars().next().unwrap(), 1);
            prop_assert_ne!(form(format!("t://h/{before}{delimiter}{after}")), form(format!("t://h/{before}{encoded}{after}")));
            prop_assert_ne!(form(format!("t://h/{before}")), form(format!("t://h/{}", before.to_uppercase())));
        }
    }
}
