//! One URL, and the rules that every request to it follows.

use bytes::Bytes;
use reqwest::redirect::{Action, Attempt, Policy};

use super::{Answer, HeaderMap, Method, ProgramHeaders, Url};
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
    headers: ProgramHeaders,
    limits: Limits,
}

impl Endpoint {
    /// Prepares connections to `url`, by the program's own HTTP client if it has one.
    pub(crate) fn new(
        url: &str,
        client: Option<reqwest::Client>,
        headers: ProgramHeaders,
        limits: &Limits,
    ) -> Result<Self> {
        let url = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| Error::input("the URL of a server starts with http:// or https:// and names a host"))?;
        let client = match client {
            Some(client) => client,
            None => build(&url, limits)?,
        };
        Ok(Self { client, url, headers, limits: limits.clone() })
    }

    /// Another URL of the same origin, relative to this one, to be asked in the same way; `None` if it is of another origin.
    pub(crate) fn neighbour(&self, url: &str) -> Option<Self> {
        let url = self.url.join(url).ok().filter(|url| url.origin() == self.url.origin())?;
        Some(Self { client: self.client.clone(), url, headers: self.headers.clone(), limits: self.limits.clone() })
    }

    pub(crate) async fn post(&self, headers: HeaderMap, body: Bytes) -> Result<Answer> {
        self.send(self.client.post(self.url.clone()).body(body), headers).await
    }

    /// A request without a body: GET opens a stream, DELETE ends a session.
    pub(crate) async fn bare(&self, method: Method, headers: HeaderMap) -> Result<Answer> {
        self.send(self.client.request(method, self.url.clone()), headers).await
    }

    /// The one place where requests leave and answers come in: what the program adds is added here, and what an answer says
    /// outside of its body is read from here on.
    async fn send(&self, request: reqwest::RequestBuilder, mut headers: HeaderMap) -> Result<Answer> {
        self.headers.add_to(&mut headers).await?;
        let response = request.headers(headers).send().await.map_err(|error| self.explain(error))?;
        if response.url().origin() != self.url.origin() {
            let to = response.url().origin().ascii_serialization();
            return Err(Error::transport(format!(
                "the program's HTTP client has followed a redirect to {to}, and taken what was meant for the server there: \
                 build it with `.redirect(mcp_client::redirect_policy())`"
            )));
        }
        Answer::new(response, &self.limits)
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

fn build(url: &Url, limits: &Limits) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("mcp-client/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect_policy())
        .referer(false)
        .connect_timeout(limits.connect_timeout)
        .tcp_nodelay(true);
    if url.scheme() == "http" {
        // No redirect leads to another scheme: reading the system's certificates would be for nothing.
        builder = builder.tls_certs_only(std::iter::empty());
    }
    if is_loopback(url) {
        // A proxy's loopback is not ours.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        Error::transport("HTTPS cannot be set up: check the system's certificates").because(error.without_url())
    })
}

/// Which redirects this library follows, for programs that bring an HTTP client of their own
/// ([`ClientBuilder::http_client`](crate::ClientBuilder::http_client)): to the same origin only, since whoever else it is has no
/// right to what was meant for the server, and only those that keep method and body (307 and 308; RFC 9110, section 15.4).
pub fn redirect_policy() -> Policy {
    Policy::custom(same_origin)
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
