//! Media types of requests and answers.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use mcp_core::error::shown;

use super::{
    reply::{Refusal, Reply, events, json, refuse},
    single::Single,
};
use crate::refusal_log::{RefusalKind, RefusalLog};

/// What UTF-8 is called, and what is a part of it. JSON is in UTF-8 whatever is said (RFC 8259, section 8.1), but a body
/// that says something else was not meant to be.
const UTF_8: [&str; 4] = ["utf-8", "utf8", "us-ascii", "ascii"];

/// Which kinds of answer a client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) json: bool,
    pub(crate) events: bool,
}

/// Whether the body is JSON that needs no decoding: `application/json`, in UTF-8, not compressed; parameters and case
/// mean nothing else (RFC 9110, section 8.3.1).
pub(crate) fn is_json(content_type: Single<'_>, content_encoding: Single<'_>) -> bool {
    match content_encoding {
        Single::Absent => {}
        Single::Once(coding) if coding.as_bytes().eq_ignore_ascii_case(b"identity") => {}
        Single::Once(_) | Single::Repeated => return false,
    }
    let Single::Once(value) = content_type else { return false };
    // What nearly every client sends.
    if value == "application/json" {
        return true;
    }
    let Ok(value) = value.to_str() else { return false };
    let mut parts = unquoted(value, ';');
    let is_json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
            let value = value.trim().trim_matches('"').replace('\\', "");
            !name.trim().eq_ignore_ascii_case("charset") || UTF_8.iter().any(|utf_8| utf_8.eq_ignore_ascii_case(&value))
        })
}

/// The parts of a value between separators that stand outside of quoted strings (RFC 9110, section 5.6.4), trimmed.
fn unquoted(value: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let parts = value.split(move |char| {
        is_quoted ^= char == '"' && !is_escaped;
        is_escaped = is_quoted && !is_escaped && char == '\\';
        char == separator && !is_quoted
    });
    parts.map(str::trim)
}

/// Whether one kind of answer is taken, as the most specific range says that matches it (RFC 9110, section 12.5.1).
#[derive(Default)]
struct Taken {
    by: u8,
    is_taken: bool,
}

impl Taken {
    fn hear(&mut self, specific: Option<u8>, is_taken: bool) {
        match specific {
            Some(specific) if specific > self.by => (self.by, self.is_taken) = (specific, is_taken),
            Some(specific) if specific == self.by => self.is_taken |= is_taken,
            _ => {}
        }
    }
}

impl Accepted {
    /// What `Accept` allows; without the header everything (RFC 9110, section 12.5.1). It may stand more than once.
    pub(crate) fn of(headers: &HeaderMap, accept: Single<'_>) -> Self {
        match accept {
            Single::Absent => Self { json: true, events: true },
            // What nearly every client sends.
            Single::Once(value) if value == "application/json, text/event-stream" => Self { json: true, events: true },
            Single::Once(_) | Single::Repeated => Self::listed(headers),
        }
    }

    fn listed(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT).iter();
        let (mut json, mut events) = (Taken::default(), Taken::default());
        for range in values.filter_map(|value| value.to_str().ok()).flat_map(|value| unquoted(value, ',')) {
            let mut parts = unquoted(range, ';');
            let media = parts.next().unwrap_or_default().to_ascii_lowercase();
            let refused = parts.any(|part| {
                let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
                weight.and_then(|weight| weight.parse::<f32>().ok()) == Some(0.0)
            });
            let specific = |all: &str, exactly: &str| match media.as_str() {
                "*/*" => Some(1),
                media if media == all => Some(2),
                media if media == exactly => Some(3),
                _ => None,
            };
            json.hear(specific("application/*", "application/json"), !refused);
            events.hear(specific("text/*", "text/event-stream"), !refused);
        }
        Self { json: json.is_taken, events: events.is_taken }
    }
}

/// One message as the whole answer, in a form that the client takes.
#[inline(never)]
pub(crate) fn whole(accepted: Accepted, frame: Bytes) -> Reply {
    if accepted.json { json(StatusCode::OK, frame) } else { events(&[frame]) }
}

/// Refuses a request whose client takes no answer of a kind that there is.
#[cold]
pub(crate) fn not_acceptable(refusals: &RefusalLog, headers: &HeaderMap, kinds: &str) -> Refusal {
    let values = headers.get_all(header::ACCEPT).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let found = values.collect::<Vec<_>>().join(", ");
    let what =
        format_args!("a request is refused: its Accept is \"{}\"; have the client accept {kinds}", shown(&found));
    refusals.tell(RefusalKind::Accept, what);
    refuse(StatusCode::NOT_ACCEPTABLE, format!("the client must accept {kinds}"))
}

/// Whether a stream of events may be the answer.
pub(crate) fn is_event_stream_accepted(headers: &HeaderMap) -> bool {
    let [accept] = Single::find(headers, [&header::ACCEPT]);
    Accepted::of(headers, accept).events
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn is_json(headers: &HeaderMap) -> bool {
        let [content_type, coding] = Single::find(headers, [&header::CONTENT_TYPE, &header::CONTENT_ENCODING]);
        super::is_json(content_type, coding)
    }

    fn accepted(headers: &HeaderMap) -> Accepted {
        let [accept] = Single::find(headers, [&header::ACCEPT]);
        Accepted::of(headers, accept)
    }

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    /// Parameters and case mean nothing, another charset or coding does.
    #[test]
    fn only_plain_json_is_json() {
        for value in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/json;charset=utf8",
            "application/json; Charset=\"UTF8\"",
            "application/json; charset=us-ascii",
            "application/json;version=1",
            r#"application/json; charset="utf\-8""#,
            r#"application/json; x="a;charset=utf-16""#,
            r#"application/json; x="\";charset=utf-16""#,
        ] {
            assert!(is_json(&headers(&[(header::CONTENT_TYPE, value)])), "{value}");
        }
        for value in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/json; charset=utf-16",
            "application/json; charset=latin1",
            "",
            "application/json-rpc",
        ] {
            assert!(!is_json(&headers(&[(header::CONTENT_TYPE, value)])), "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
        let coded = |coding| headers(&[(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, coding)]);
        assert!(is_json(&coded("identity")) && is_json(&coded("Identity")));
        assert!(!is_json(&coded("gzip")) && !is_json(&coded("identity, gzip")));
    }

    #[test]
    fn accept_is_read_with_wildcards_and_weights() {
        let of = |value| {
            let Accepted { json, events } = accepted(&headers(&[(header::ACCEPT, value)]));
            (json, events)
        };
        assert_eq!(of("application/json, text/event-stream"), (true, true));
        assert_eq!(of("text/event-stream;q=0.5,application/json;q=0"), (false, true));
        assert_eq!(of("*/*"), (true, true));
        assert_eq!(of("application/json;q=0, */*"), (false, true));
        assert_eq!(of("*/*, application/json;q=0"), (false, true));
        assert_eq!(of("application/json;q=0, application/*"), (false, false));
        assert_eq!(of("*/*;q=0, text/*"), (false, true));
        assert_eq!(of(r#"text/html;v=",application/json,""#), (false, false));
        assert_eq!(of("application/*"), (true, false));
        assert_eq!(of("text/html"), (false, false));
        assert_eq!(accepted(&HeaderMap::new()), Accepted { json: true, events: true });
    }
}
