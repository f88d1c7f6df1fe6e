//! The headers by which either era knows a message, found in one walk.

use http::{HeaderMap, HeaderName};
use mcp_core::header;

use crate::http::Single;

/// Names that were checked once: looking up a string checks it again.
static PROTOCOL_VERSION: HeaderName = HeaderName::from_static(header::PROTOCOL_VERSION);
static METHOD: HeaderName = HeaderName::from_static(header::METHOD);
static NAME: HeaderName = HeaderName::from_static(header::NAME);
/// Compared without case, as all names are (HTTPL-040).
pub(super) static SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// What the headers of a message name.
pub(super) struct Named<'a> {
    pub(super) version: Single<'a>,
    pub(super) method: Single<'a>,
    pub(super) name: Single<'a>,
    pub(super) session: Single<'a>,
}

impl<'a> Named<'a> {
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let [version, method, name, session] = Single::find(headers, [&PROTOCOL_VERSION, &METHOD, &NAME, &SESSION_ID]);
        Self { version, method, name, session }
    }

    /// The text of the version header, if it stands once and is text; empty if not, which is no version.
    pub(super) fn version_text(&self) -> Option<&'a str> {
        match self.version {
            Single::Absent => None,
            Single::Once(version) => Some(version.to_str().unwrap_or_default()),
            Single::Repeated => Some(""),
        }
    }
}
