//! An HTTP status where a message was expected, as an error that says what to do.

use std::time::{Duration, SystemTime};

use reqwest::{
    Response,
    header::{HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE},
};

use crate::error::Error;

/// Longer than a day nobody waits for a server that is busy.
const RETRY_MAX: Duration = Duration::from_secs(24 * 3600);

/// How much of a challenge is kept.
const CHALLENGE: usize = 4096;

/// What the head of an answer says of a refusal.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    status: u16,
    retry_after: Option<Duration>,
    challenge: Option<String>,
}

impl Refusal {
    pub(super) fn of(response: &Response) -> Self {
        let headers = response.headers();
        let challenge = matches!(response.status().as_u16(), 401 | 403).then(|| challenge(headers)).flatten();
        Self { status: response.status().as_u16(), retry_after: retry_after(headers), challenge }
    }

    /// The error of an answer that is no message; `text` is what it holds instead.
    pub(crate) fn error(&self, text: &str) -> Error {
        let hint = match self.status {
            401 => ": it wants credentials",
            403 => ": the credentials do not allow this",
            404 | 405 => ": is this the URL of an MCP server?",
            429 | 503 => ": it is busy, try later",
            _ => "",
        };
        let text: String = text.chars().take(200).collect();
        let shown = if text.is_empty() { String::new() } else { format!(" ({text})") };
        let sentence = format!("the server answered with HTTP status {}{hint}{shown}", self.status);
        self.explain(Error::status(self.status, sentence))
    }

    /// Adds what else the server says to an error that its answer led to.
    pub(crate) fn explain(&self, error: Error) -> Error {
        error.retry_in(self.retry_after).challenged(self.challenge.clone())
    }

    /// Whether it is only busy, and says when it will be asked again.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self.status, 429 | 503) && self.retry_after.is_some()
    }
}

/// Seconds, or a date (RFC 9110, section 10.2.3). What is neither says nothing.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) {
        // What is larger than any number is as long as can be.
        Duration::from_secs(if value.is_empty() { return None } else { value.parse().unwrap_or(u64::MAX) })
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(SystemTime::now()).unwrap_or_default()
    };
    Some(wait.min(RETRY_MAX))
}

/// All challenges, as one list (RFC 9110, sections 5.3 and 11.6.1).
fn challenge(headers: &HeaderMap) -> Option<String> {
    let challenges: Vec<_> =
        headers.get_all(WWW_AUTHENTICATE).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    if challenges.is_empty() {
        return None;
    }
    Some(challenges.join(", ").chars().take(CHALLENGE).collect())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn after(value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
        retry_after(&headers)
    }

    #[test]
    fn a_server_says_when_to_come_back_in_seconds_or_as_a_date() {
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after("0"), Some(Duration::ZERO));
        assert_eq!(after("99999999999999999999999"), Some(RETRY_MAX));
        assert_eq!(after("Fri, 31 Dec 1999 23:59:59 GMT"), Some(Duration::ZERO));
        let soon = after(&httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(600))).unwrap();
        assert!(soon > Duration::from_secs(300) && soon <= Duration::from_secs(600));
        for nothing in ["", "soon", "-1", "1.5"] {
            assert_eq!(after(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn every_challenge_is_kept() {
        let mut headers = HeaderMap::new();
        assert_eq!(challenge(&headers), None);
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"x\""));
        assert_eq!(challenge(&headers).as_deref(), Some("Basic, Bearer realm=\"x\""));
    }
}
