//! Which era a message belongs to. What each does with it stands in its folder, and what both lead to is a
//! [`Step`](step::Step), which a pipe and HTTP carry out alike.
//!
//! [`Eras::of_pipe`] and [`Eras::of_post`] are the only places that decide. What they decide by: a request whose `_meta`
//! names a version is complete in itself and served without a session, whatever came before it; an `initialize` without
//! that key opens a session (2026-07-28, basic/versioning, "Backward compatibility"). A server that does not serve one of
//! the eras answers as if it had never heard of it.

mod backlog;
#[cfg(feature = "http")]
mod detached;
#[cfg(feature = "http")]
pub(crate) mod endpoint;
#[cfg(feature = "http")]
mod headers;
#[cfg(feature = "http")]
mod http_call;
mod inflight;
mod legacy;
mod modern;
pub(crate) mod pipe;
#[cfg(feature = "http")]
mod refusing;
mod render;
mod sink;
mod step;
mod told;
mod watch;

use std::sync::Arc;

use mcp_core::{
    era::{Era, Method, modern::Envelope},
    jsonrpc::Params,
};

use self::{legacy::Legacy, modern::Modern};
use crate::engine::Engine;

/// What the eras keep for one server. An era that is not served is not there.
pub(crate) struct Eras {
    pub(crate) engine: Arc<Engine>,
    legacy: Option<Arc<Legacy>>,
    modern: Option<Arc<Modern>>,
}

/// The era that serves a message.
#[derive(Clone, Copy)]
enum Chosen<'a> {
    Legacy(&'a Arc<Legacy>),
    Modern(&'a Arc<Modern>),
}

impl Eras {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        let serves = |era: Era| era.select(&engine.versions).next().is_some();
        Self {
            legacy: serves(Era::Legacy).then(|| Arc::new(Legacy::new(engine.clone()))),
            modern: serves(Era::Modern).then(|| Arc::new(Modern::new(engine.clone()))),
            engine,
        }
    }

    /// The era of a request on a pipe, where there are no headers.
    fn of_pipe(&self, method: &str, params: &Params, has_session: bool) -> Option<Chosen<'_>> {
        match (&self.legacy, &self.modern) {
            (Some(legacy), Some(modern)) => {
                let is_legacy = !Envelope::is_present(params)
                    && (has_session || matches!(Method::named(method), Some(Method::Initialize | Method::Ping)));
                // Without a session, the newer era says which key is missing: clients that probe expect that.
                Some(if is_legacy { Chosen::Legacy(legacy) } else { Chosen::Modern(modern) })
            }
            (legacy, modern) => only(legacy.as_ref(), modern.as_ref()),
        }
    }

    /// The era of a message over HTTP: by its `_meta`, else by its version header. Without one, or with one that is
    /// unknown, a session is meant.
    #[cfg(feature = "http")]
    fn of_post<'v>(&self, params: &Params, version: impl FnOnce() -> Option<&'v str>) -> Option<Chosen<'_>> {
        match (&self.legacy, &self.modern) {
            (Some(legacy), Some(modern)) => {
                let is_modern = Envelope::is_present(params) || names_modern(version());
                Some(if is_modern { Chosen::Modern(modern) } else { Chosen::Legacy(legacy) })
            }
            (legacy, modern) => only(legacy.as_ref(), modern.as_ref()),
        }
    }

    /// The era that keeps sessions over HTTP, if clients may have them.
    #[cfg(feature = "http")]
    fn sessions(&self) -> Option<&Arc<Legacy>> {
        self.legacy.as_ref().filter(|legacy| legacy.has_sessions())
    }
}

fn only<'a>(legacy: Option<&'a Arc<Legacy>>, modern: Option<&'a Arc<Modern>>) -> Option<Chosen<'a>> {
    legacy.map(Chosen::Legacy).or(modern.map(Chosen::Modern))
}

/// Whether a version header names a revision of the newer era.
#[cfg(feature = "http")]
fn names_modern(version: Option<&str>) -> bool {
    let version = version.and_then(|version| version.parse::<mcp_core::version::ProtocolVersion>().ok());
    version.is_some_and(|version| Era::of(version) == Era::Modern)
}
