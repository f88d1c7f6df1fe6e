//! The headers that a program sends with every request, as they are when it is made.

use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex},
};

use futures_core::future::BoxFuture;
use mcp_core::sync::lock;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error::{Error, Result};

pub(crate) type Problem = Box<dyn StdError + Send + Sync>;
pub(crate) type HeaderSource = dyn Fn() -> BoxFuture<'static, Result<Vec<(String, String)>, Problem>> + Send + Sync;

/// Headers of every HTTP request of a client, which can be changed while it runs: clones are the same, and each request
/// carries what is set when it is made. Values are never shown, neither in logs nor by `Debug`.
///
/// ```
/// use mcp_client::{McpClient, RequestHeaders};
///
/// # fn main() -> mcp_client::Result<()> {
/// let headers = RequestHeaders::default();
/// headers.set("authorization", "Bearer first")?;
/// let builder = McpClient::builder("agent", "1.0.0").request_headers(headers.clone());
/// // … later, for every request that is made from now on:
/// headers.set("authorization", "Bearer second")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct RequestHeaders(Arc<Mutex<Arc<HeaderMap>>>);

impl RequestHeaders {
    /// Sets a header, and takes the place of all that had its name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if name or value cannot stand in a header.
    pub fn set(&self, name: impl AsRef<str>, value: impl AsRef<str>) -> Result<()> {
        let (name, value) = parse(name.as_ref(), value.as_ref())?;
        self.change(|headers| {
            headers.insert(name, value);
        });
        Ok(())
    }

    /// Adds a header, beside those that have its name already: all of them are sent, in this order.
    ///
    /// # Errors
    ///
    /// As [`RequestHeaders::set`].
    pub fn append(&self, name: impl AsRef<str>, value: impl AsRef<str>) -> Result<()> {
        let (name, value) = parse(name.as_ref(), value.as_ref())?;
        self.change(|headers| {
            headers.append(name, value);
        });
        Ok(())
    }

    /// Takes all headers of this name away.
    pub fn remove(&self, name: impl AsRef<str>) {
        self.change(|headers| {
            headers.remove(name.as_ref());
        });
    }

    /// Copies the map: requests that are being made hold the last one.
    fn change(&self, change: impl FnOnce(&mut HeaderMap)) {
        change(Arc::make_mut(&mut lock(&self.0)));
    }

    fn now(&self) -> Arc<HeaderMap> {
        lock(&self.0).clone()
    }
}

impl fmt::Debug for RequestHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.now();
        f.debug_set().entries(headers.keys().map(HeaderName::as_str)).finish()
    }
}

/// Where the headers of a program come from: what a source says of a name goes before what is set while the client runs,
/// and that before what was set once and for all.
#[derive(Clone, Default)]
pub(crate) struct ProgramHeaders {
    pub(crate) fixed: RequestHeaders,
    pub(crate) shared: Option<RequestHeaders>,
    pub(crate) source: Option<Arc<HeaderSource>>,
}

impl ProgramHeaders {
    /// Adds what the program wants to the headers of the protocol, which are the protocol's own to decide.
    pub(super) async fn add_to(&self, headers: &mut HeaderMap) -> Result<()> {
        if let Some(source) = &self.source {
            fill(headers, &ask(source).await?);
        }
        if let Some(shared) = &self.shared {
            fill(headers, &shared.now());
        }
        fill(headers, &self.fixed.now());
        Ok(())
    }
}

/// Adds the headers that have no value yet.
fn fill(headers: &mut HeaderMap, from: &HeaderMap) {
    if from.is_empty() {
        return;
    }
    let missing: Vec<&HeaderName> = from.keys().filter(|name| !headers.contains_key(*name)).collect();
    for name in missing {
        for value in from.get_all(name) {
            headers.append(name.clone(), value.clone());
        }
    }
}

async fn ask(source: &Arc<HeaderSource>) -> Result<HeaderMap> {
    let decided = source().await.map_err(|problem| {
        Error::input(format!("the program's own source of headers failed, and nothing was sent: {problem}"))
            .because_of(problem)
    })?;
    let mut headers = HeaderMap::new();
    for (name, value) in decided {
        let (name, value) = parse(&name, &value)?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn parse(name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    let wrong = || Error::input(format!("the header `{name}` cannot be sent: name and value must be ASCII"));
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
    value.set_sensitive(true);
    Ok((parsed, value))
}

impl fmt::Debug for ProgramHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProgramHeaders")
            .field("fixed", &self.fixed)
            .field("shared", &self.shared)
            .field("source", &self.source.is_some())
            .finish()
    }
}
