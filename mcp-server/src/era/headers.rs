//! The headers by which either era knows a message, found in one walk.

use http::{HeaderMap, HeaderName};
use mcp_core::{
    error::{Error, ErrorKind},
    header,
};

use crate::http::{Single, text_of};

/// Names that were checked once: looking up a string checks it again.
static PROTOCOL_VERSION: HeaderName = HeaderName::from_static(header::PROTOCOL_VERSION);
static METHOD: HeaderName = HeaderName::from_static(header::METHOD);
static NAME: HeaderName = HeaderName::from_static(header::NAME);
/// Compared without case, as the names of all headers are (RFC 9110, section 5.1).
pub(super) static SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// What the headers of a message say about it.
pub(super) struct MessageHeaders<'a> {
    pub(super) version: Single<'a>,
    pub(super) method: Single<'a>,
    pub(super) name: Single<'a>,
    pub(super) session: Single<'a>,
}

impl<'a> MessageHeaders<'a> {
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let [version, method, name, session] = Single::find(headers, [&PROTOCOL_VERSION, &METHOD, &NAME, &SESSION_ID]);
        Self { version, method, name, session }
    }

    /// Refuses a version that stands more than once: somebody on the way could have read the other one.
    pub(super) fn check_once(&self) -> Result<(), Error> {
        match self.version {
            Single::Repeated => {
                let text = "the header MCP-Protocol-Version stands more than once";
                Err(Error::new(ErrorKind::HeaderMismatch, text))
            }
            Single::Absent | Single::Once(_) => Ok(()),
        }
    }

    /// The text of the session's id, if it stands once and is text.
    pub(super) fn session_text(&self) -> Option<&'a str> {
        match self.session {
            Single::Once(id) => text_of(id),
            Single::Absent | Single::Repeated => None,
        }
    }

    /// The text of the version header, if it stands once and is text; empty if not, which is no version.
    pub(super) fn version_text(&self) -> Option<&'a str> {
        match self.version {
            Single::Absent => None,
            Single::Once(version) => Some(text_of(version).unwrap_or_default()),
            Single::Repeated => Some(""),
        }
    }
}
