//! What a client is told for HTTP.

use std::sync::Arc;

use super::ClientBuilder;
use crate::http::{Problem, RequestHeaders, Secret};

impl ClientBuilder {
    /// Adds a header to every HTTP request, such as `authorization`. Its value is never logged.
    ///
    /// The same name may be added several times: all of them are sent. Headers that the protocol itself defines
    /// (`accept`, `content-type`, `mcp-…`) are the protocol's, whatever is set here. Headers that change while the client
    /// runs are [`request_headers`](Self::request_headers) or a [`header_source`](Self::header_source).
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.http.headers.push((name.into(), Secret(value.into())));
        self
    }

    /// Adds headers that can be changed while the client runs. They go before those of [`header`](Self::header) that have the
    /// same name.
    pub fn request_headers(mut self, headers: RequestHeaders) -> Self {
        self.http.shared = Some(headers);
        self
    }

    /// Asks `source` for headers before every HTTP request: for credentials that expire. What it gives goes before everything
    /// else of the same name.
    ///
    /// It is awaited within the time that the request has, and asked often: keep what is still valid. If it fails, the
    /// request fails with [`ErrorKind::Input`](crate::ErrorKind::Input), with that error as its source, and nothing is sent.
    ///
    /// ```no_run
    /// # async fn doc() -> mcp_client::Result<()> {
    /// # async fn fresh_token() -> Result<String, std::io::Error> { Ok(String::new()) }
    /// use mcp_client::McpClient;
    ///
    /// let client = McpClient::builder("agent", "1.0.0")
    ///     .header_source(|| async {
    ///         let token = fresh_token().await?;
    ///         Ok(vec![("authorization".to_owned(), format!("Bearer {token}"))])
    ///     })
    ///     .connect_http("https://example.com/mcp")
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header_source<F>(mut self, source: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Vec<(String, String)>, Problem>> + Send + 'static,
    {
        self.http.source = Some(Arc::new(move || Box::pin(source())));
        self
    }

    /// Sends all HTTP requests by a client of the program's own: for certificates of a private authority, client
    /// certificates, proxies, name resolution, or a pool of connections that several clients share.
    ///
    /// It must follow no redirect to another origin, which would hand credentials to somebody else, and none that changes the
    /// method: build it with [`redirect_policy`](crate::redirect_policy). Where it has been redirected to another origin all
    /// the same, the request fails. A timeout for whole requests cuts streams and long calls: leave it out, each request has
    /// a deadline ([`Limits::timeout`](crate::Limits::timeout)). A timeout for connecting is its own to set
    /// ([`Limits::connect_timeout`](crate::Limits::connect_timeout) is not heeded then). Answers are not decompressed by this
    /// library; a client that does so by itself is fine.
    ///
    /// ```no_run
    /// # async fn doc(authority: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    /// use mcp_client::{McpClient, redirect_policy, reqwest};
    ///
    /// let http = reqwest::Client::builder()
    ///     .redirect(redirect_policy())
    ///     .tls_certs_merge([reqwest::Certificate::from_pem(authority)?])
    ///     .proxy(reqwest::Proxy::all("http://proxy.example:3128")?)
    ///     .build()?;
    /// let client = McpClient::builder("agent", "1.0.0").http_client(http).connect_http("https://example.com/mcp").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http.client = Some(client);
        self
    }
}
