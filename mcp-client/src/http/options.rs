//! What a program wants of its client over HTTP, until it connects.

use std::{fmt, sync::Arc};

use super::{HeaderSource, RequestHeaders};

/// What a program wants of its client over HTTP.
#[derive(Clone, Default)]
pub(crate) struct HttpOptions {
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) shared: Option<RequestHeaders>,
    pub(crate) source: Option<Arc<HeaderSource>>,
    pub(crate) client: Option<reqwest::Client>,
}

/// A value that is never shown: headers carry credentials.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("headers", &self.headers)
            .field("shared", &self.shared)
            .field("source", &self.source.is_some())
            .field("client", &self.client.is_some())
            .finish()
    }
}
