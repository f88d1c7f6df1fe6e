//! What the server knows about one call before its handler runs.

use std::{any::Any, sync::Arc};

use mcp_core::call::{CallMetadata, CallNotifications, Caller};

use super::{ClientLink, Clock};
use crate::logging::LogTo;

/// A call as its handler finds it.
#[derive(Clone)]
pub(crate) struct CallScope {
    pub(crate) caller: Arc<Caller>,
    pub(crate) notifications: Option<CallNotifications>,
    pub(crate) metadata: CallMetadata,
    /// Where log messages go.
    pub(crate) log: LogTo,
    /// Its clock. Set when progress is wanted, or the client can be asked.
    pub(crate) clock: Option<Clock>,
    /// The most reports of progress that are sent in a second.
    pub(crate) progress_rate: usize,
    /// Whether the texts of errors are for the log alone.
    pub(crate) masks_errors: bool,
    /// The line back to the client, if it can be asked.
    pub(crate) client: Option<Arc<dyn ClientLink>>,
    /// Headers to hold against the arguments of a tool that the caller may know of.
    #[cfg_attr(not(feature = "middleware"), expect(dead_code, reason = "there are no headers"))]
    pub(crate) late_check: Option<HeaderCheck>,
    /// The server, erased: this room does not know it.
    pub(crate) server: Arc<dyn Any + Send + Sync>,
}

/// Holds the headers of a call against its arguments.
#[cfg(feature = "http")]
pub(crate) type HeaderCheck =
    fn(&http::HeaderMap, &mcp_core::header::Mirror, &mcp_core::json::RawJson) -> Result<(), mcp_core::error::Error>;

/// There are no headers.
#[cfg(not(feature = "http"))]
#[derive(Clone, Copy)]
pub(crate) enum HeaderCheck {}
