//! One URL, and the rules that every request to it follows.

use bytes::Bytes;
use reqwest::redirect::{Action, Attempt, Policy};

use super::{Answer, HeaderMap, Method, Url};
use crate::{
    error::{Error, Result},
    limits::Limits,
};

/// How often a request may be sent on to another path of the same origin.
const REDIRECTS: usize = 5;

/// One URL and the connections to it.
#[derive(Debug)]
pub(crate) struct Endpoint {
    client: reqwest::Client,
    url: Url,
    limits: Limits,
}

impl Endpoint {
    /// Prepares connections to `url`; `headers` go with every request.
    pub(crate) fn new(url: &str, headers: HeaderMap, limits: &Limits) -> Result<Self> {
        let url = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| Error::input("the URL of a server starts with http:// or https:// and names a host"))?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("mcp-client/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(Policy::custom(same_origin))
            .referer(false)
            .connect_timeout(limits.connect_timeout)
            .tcp_nodelay(true);
        if url.scheme() == "http" {
            // No redirect leads to another scheme: reading the system's certificates would be for nothing.
            builder = builder.tls_certs_only(std::iter::empty());
        }
        if is_loopback(&url) {
            // A proxy's loopback is not ours.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| {
            Error::transport("HTTPS cannot be set up: check the system's certificates").because(error.without_url())
        })?;
        Ok(Self { client, url, limits: limits.clone() })
    }

    pub(crate) async fn post(&self, headers: HeaderMap, body: Bytes) -> Result<Answer> {
        self.send(self.client.post(self.url.clone()).headers(headers).body(body)).await
    }

    /// A request without a body: GET opens a stream, DELETE ends a session.
    pub(crate) async fn bare(&self, method: Method, headers: HeaderMap) -> Result<Answer> {
        self.send(self.client.request(method, self.url.clone()).headers(headers)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer> {
        match request.send().await {
            Ok(response) => Answer::new(response, &self.limits),
            Err(error) => Err(self.explain(error)),
        }
    }

    fn explain(&self, error: reqwest::Error) -> Error {
        let origin = self.url.origin().ascii_serialization();
        let sentence = if error.is_connect() {
            format!("no connection to {origin}: is the server running, and is the URL right?")
        } else {
            format!("the connection to {origin} broke")
        };
        Error::transport(sentence).because(error.without_url())
    }
}

/// Only the same server may be asked instead, and only in a way that keeps method and body.
fn same_origin(attempt: Attempt<'_>) -> Action {
    let keeps = matches!(attempt.status().as_u16(), 307 | 308);
    let near = attempt.previous().iter().all(|url| url.origin() == attempt.url().origin());
    if keeps && near && attempt.previous().len() <= REDIRECTS { attempt.follow() } else { attempt.stop() }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
