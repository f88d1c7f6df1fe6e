//! Which era a message belongs to, and what each era does with it.
//!
//! [`on_pipe`] and [`over_http`] are the only places that decide. What they decide by stands in the
//! specification: a request whose `_meta` names a version is complete in itself and served without a session,
//! whatever came before it on the same pipe; an `initialize` without that key opens a session (VER-010, VER-011).

mod answer;
#[cfg(feature = "http")]
mod http_call;
mod inflight;
#[cfg(feature = "http")]
mod legacy;
mod modern;
#[cfg(feature = "http")]
mod named;
mod pipe;
#[cfg(feature = "http")]
mod post;
mod sink;
mod watched;

use std::sync::Arc;

#[cfg(feature = "http")]
use mcp_core::version::ProtocolVersion;
use mcp_core::{
    era::{
        Era,
        modern::{Envelope, Stamp},
    },
    error::Error,
    jsonrpc::Params,
};

pub(crate) use pipe::PipeConnection;
#[cfg(feature = "http")]
pub(crate) use post::respond;

use crate::engine::Engine;

/// What the eras keep for one server.
pub(crate) struct Eras {
    pub(crate) engine: Arc<Engine>,
    stamp: Stamp,
    #[cfg(feature = "http")]
    sessions: legacy::Sessions,
}

impl Eras {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        let stamp = Stamp::new(&engine.info);
        Self {
            #[cfg(feature = "http")]
            sessions: legacy::Sessions::new(&engine.limits),
            engine,
            stamp,
        }
    }

    #[cfg(feature = "http")]
    fn serves(&self, era: Era) -> bool {
        era.select(&self.engine.versions).next().is_some()
    }

    /// Whether clients over HTTP may have sessions.
    #[cfg(feature = "http")]
    fn has_sessions(&self) -> bool {
        self.engine.limits.http_sessions && self.serves(Era::Legacy)
    }
}

/// The era of a request on a pipe, where there are no headers.
///
/// # Errors
///
/// For a request that belongs to neither: no version in `_meta`, and no handshake before it.
fn on_pipe(method: &str, params: &Params, has_session: bool) -> Result<Era, Error> {
    if Envelope::is_present(params) {
        return Ok(Era::Modern);
    }
    if has_session || matches!(method, "initialize" | "ping") {
        return Ok(Era::Legacy);
    }
    // Says which key is missing, which is what clients that probe expect.
    match Envelope::read(params) {
        Err(error) => Err(error),
        Ok(_) => Ok(Era::Modern),
    }
}

/// The era of a message over HTTP, by its `_meta`, else by its version header.
#[cfg(feature = "http")]
fn over_http(params: &Params, header: Option<&str>) -> Era {
    if Envelope::is_present(params) { Era::Modern } else { of_header(header) }
}

/// The era that a version header names. Without one, or with one that is unknown, a session is meant.
#[cfg(feature = "http")]
fn of_header(header: Option<&str>) -> Era {
    let named: Option<ProtocolVersion> = header.and_then(|version| version.parse().ok());
    named.map_or(Era::Legacy, Era::of)
}
