//! What the server knows about one call before its handler runs.

use std::{any::Any, sync::Arc};

use mcp_core::{
    call::{CallMetadata, CallNotifications, Caller, Resume},
    error::Error,
};

use super::{ClientLink, Clock};
use crate::{
    logging::LogTo,
    rounds::{Resumed, Rounds, Subject},
};

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
    /// What holds for the rounds of the call, if its client answers by asking again.
    pub(crate) rounds: Option<Rounds>,
    /// What its client brings that asks again.
    pub(crate) resume: Option<Box<Resume>>,
    /// Headers to hold against the arguments of a tool that the caller may know of.
    #[cfg_attr(not(feature = "middleware"), expect(dead_code, reason = "there are no headers"))]
    pub(crate) late_check: Option<HeaderCheck>,
    /// The server, erased: this room does not know it.
    pub(crate) server: Arc<dyn Any + Send + Sync>,
}

impl CallScope {
    /// Whether the client goes on with a call. Answers without a state are answers to nothing.
    #[inline]
    pub(crate) fn brings_state(&self) -> bool {
        self.resume.as_ref().is_some_and(|resume| resume.state.is_some())
    }

    /// The error for a state that comes to a handler which never asks.
    #[cold]
    pub(crate) fn foreign_state(&self) -> Error {
        let reason = "it comes with a call that asks nothing";
        match &self.rounds {
            Some(terms) => terms.refuse(&reason),
            None => Error::invalid_params(reason),
        }
    }

    /// Opens what the client brings, and holds it against the call.
    ///
    /// # Errors
    ///
    /// If it is not good for this call.
    #[inline]
    pub(crate) fn resume(&mut self, subject: &Subject<'_>) -> Result<Option<Box<Resumed>>, Error> {
        if self.resume.is_none() { Ok(None) } else { self.open(subject) }
    }

    #[cold]
    fn open(&mut self, subject: &Subject<'_>) -> Result<Option<Box<Resumed>>, Error> {
        match (self.resume.take(), &self.rounds) {
            (Some(resume), Some(terms)) => terms.open(&resume, &self.caller, subject).map(Box::new).map(Some),
            _ => Ok(None),
        }
    }
}

/// Holds the headers of a call against its arguments.
#[cfg(feature = "http")]
pub(crate) type HeaderCheck =
    fn(&http::HeaderMap, &mcp_core::header::Mirror, &mcp_core::json::RawJson) -> Result<(), Error>;

/// There are no headers.
#[cfg(not(feature = "http"))]
#[derive(Clone, Copy)]
pub(crate) enum HeaderCheck {}
