//! Whether a text is what its field's format says.

use super::TextFormat;

impl TextFormat {
    /// Whether the text spells what the format names. An address or a URI is judged by its form alone, and an address
    /// may be of any script (RFC 6531, section 3.3).
    pub fn fits(self, text: &str) -> bool {
        match self {
            Self::Email => is_email(text),
            Self::Uri => is_uri(text),
            Self::Date => is_date(text),
            Self::DateTime => {
                text.split_once(['T', 't', ' ']).is_some_and(|(date, time)| is_date(date) && is_time(time))
            }
        }
    }

    /// What the format wants, for a sentence.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Email => "an address of mail, such as ada@example.com",
            Self::Uri => "a URI, such as https://example.com/",
            Self::Date => "a date, such as 1999-12-31",
            Self::DateTime => "a date with a time and its offset, such as 1999-12-31T12:00:00Z",
        }
    }
}

fn is_email(text: &str) -> bool {
    const LONGEST: usize = 254;
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_seen = |text: &str| text.chars().all(|char| !char.is_whitespace() && !char.is_control());
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && is_seen(atom)
            && !atom.contains(['"', '(', ')', ',', ':', ';', '<', '>', '@', '[', '\\', ']'])
    };
    let is_label = |label: &str| {
        let is_inner = |char: char| char.is_alphanumeric() || char == '-' || !char.is_ascii();
        !label.is_empty()
            && is_seen(label)
            && label.chars().all(is_inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_literal = domain.len() > 2 && domain.starts_with('[') && domain.ends_with(']') && is_seen(domain);
    text.len() <= LONGEST
        && (is_quoted || local.split('.').all(is_atom))
        && (is_literal || domain.split('.').all(is_label))
}

/// A scheme, and behind its colon characters that a URI may hold (RFC 3986, sections 2 and 3.1).
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|char: char| char.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let bytes = rest.as_bytes();
    let is_allowed = |at: usize, byte: u8| match byte {
        b'%' => bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
    };
    is_scheme && bytes.iter().enumerate().all(|(at, byte)| is_allowed(at, *byte))
}

/// So many digits and nothing else.
fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// `full-date` of RFC 3339, section 5.6, with a day that the month has (section 5.7).
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// `full-time` of RFC 3339, section 5.6.
fn is_time(text: &str) -> bool {
    let Some(at) = text.find(['Z', 'z', '+', '-']) else { return false };
    let (time, offset) = text.split_at(at);
    let (time, fraction) = time.split_once('.').map_or((time, None), |(time, fraction)| (time, Some(fraction)));
    let below = |text: Option<&str>, end: u32| text.and_then(|text| digits(text, 2)).is_some_and(|value| value < end);
    let mut parts = time.split(':');
    // A leap second has the number 60 (RFC 3339, section 5.7).
    let is_clock =
        below(parts.next(), 24) && below(parts.next(), 60) && below(parts.next(), 61) && parts.next().is_none();
    let is_fraction =
        fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let is_offset = match offset.strip_prefix(['+', '-']) {
        None => offset.len() == 1,
        Some(offset) => {
            offset.split_once(':').is_some_and(|(hour, minute)| below(Some(hour), 24) && below(Some(minute), 60))
        }
    };
    is_clock && is_fraction && is_offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_spells_its_format_or_not() {
        for (format, good, bad) in [
            (
                TextFormat::Email,
                &["a@b", "ada.l+x@example.co.uk", "\"a b\"@example.com", "用户@例え.jp", "a@[127.0.0.1]"][..],
                &["", "a", "@b", "a@", "a b@c.d", "a@b..c", ".a@b", "a@-b", "a@b c", "a@b@", "a\n@b", "<a@b>"][..],
            ),
            (
                TextFormat::Uri,
                &["https://example.com/a?b#c", "urn:isbn:1", "mailto:a@b", "file:///tmp/a%20b", "a:"],
                &["", "example.com", "//x", "1a:b", "http://a b", "http://ü", "a:%2", "a:<b>", ":a"],
            ),
            (
                TextFormat::Date,
                &["2026-07-28", "2024-02-29", "2000-02-29"],
                &[
                    "",
                    "2026-7-28",
                    "2023-02-29",
                    "1900-02-29",
                    "2026-13-01",
                    "2026-00-01",
                    "2026-04-31",
                    "2026-01-00",
                    "26-01-01",
                    "2026-01-01Z",
                    "+026-01-01",
                ],
            ),
            (
                TextFormat::DateTime,
                &[
                    "2026-07-28T12:00:00Z",
                    "2026-07-28t12:00:00.25z",
                    "2026-07-28T23:59:60+01:30",
                    "2026-07-28T00:00:00-00:00",
                ],
                &[
                    "",
                    "2026-07-28",
                    "2026-07-28T12:00:00",
                    "2026-07-28T24:00:00Z",
                    "2026-07-28T12:00Z",
                    "2026-07-28T12:00:00.Z",
                    "2026-07-28T12:00:00ZZ",
                    "2026-07-28T12:00:00+24:00",
                    "2026-02-30T12:00:00Z",
                ],
            ),
        ] {
            for text in good {
                assert!(format.fits(text), "{text} is {format:?}");
            }
            for text in bad {
                assert!(!format.fits(text), "{text} is no {format:?}");
            }
        }
    }
}
