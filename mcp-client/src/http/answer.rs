//! What a server answered to one HTTP request.

use bytes::Bytes;
use reqwest::{
    Response,
    header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION},
};

use super::{Events, Refusal, chunks::collect};
use crate::{
    error::{Error, Result},
    limits::Limits,
};

/// How much of an answer that is no message is shown.
const SHOWN: usize = 200;

/// The head of an answer, with its body still on the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    response: Response,
    limits: Bounds,
}

/// The two bounds that a body needs.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    message_bytes: usize,
    silence: std::time::Duration,
}

/// The body of an answer, by its content type: a server may choose either kind for each request.
#[derive(Debug)]
pub(crate) enum Body {
    /// One message, or a batch of them.
    Json(Bytes),
    /// A stream of messages.
    Events(Box<Events>),
    /// Nothing of ours: empty, or for humans.
    Other(String),
}

impl Answer {
    pub(super) fn new(response: Response, limits: &Limits) -> Result<Self> {
        if response.status().is_redirection() {
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
            let sentence = format!("the server redirects to {to}: connect to that URL if you trust it");
            return Err(Error::status(response.status().as_u16(), sentence));
        }
        let limits = Bounds { message_bytes: limits.message_bytes, silence: limits.silence };
        Ok(Self { response, limits })
    }

    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// What it says besides its status, if that is no success.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        (!self.is_success()).then(|| Refusal::of(&self.response))
    }

    pub(crate) fn is_success(&self) -> bool {
        self.response.status().is_success()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&super::HeaderValue> {
        self.response.headers().get(name)
    }

    /// The body; whole if it is JSON.
    pub(crate) async fn body(self) -> Result<Body> {
        if self.is_success()
            && let Some(encoding) = self.response.headers().get(CONTENT_ENCODING)
            && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
        {
            let encoding: String = String::from_utf8_lossy(encoding.as_bytes()).chars().take(40).collect();
            let sentence = format!(
                "the server's answer is compressed ({encoding}), which was not asked for: let it, or the proxy before it, \
                 heed `Accept-Encoding`"
            );
            return Err(Error::invalid(sentence));
        }
        // Neither case nor parameters matter (RFC 9110, section 8.3.1).
        let kind = self.response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("text/event-stream") {
            let Bounds { message_bytes, silence } = self.limits;
            return Ok(Body::Events(Box::new(Events::new(self.response, message_bytes, silence))));
        }
        if kind.eq_ignore_ascii_case("application/json") {
            return collect(self.response, self.limits.message_bytes).await.map(Body::Json);
        }
        let text = collect(self.response, 64 << 10).await.unwrap_or_default();
        Ok(Body::Other(String::from_utf8_lossy(&text).trim().chars().take(SHOWN).collect()))
    }
}
