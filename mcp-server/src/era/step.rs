//! What a request leads to, in words that a pipe and HTTP carry out alike.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::{
    call::{Call, CallMetadata, Caller},
    era::modern::ListenFilter,
    error::Error,
    jsonrpc::RequestId,
    model::ProgressToken,
    version::ProtocolVersion,
};

use crate::context::HeaderCheck;

/// What a request leads to, if it is not refused.
#[allow(clippy::large_enum_variant, reason = "nearly every step runs a handler: a box would cost each of them")]
pub(super) enum Step {
    /// It is answered: this is the message.
    Answer(Bytes),
    /// A handler runs.
    Run(Run),
    /// A stream of events opens.
    Listen(Box<Listen>),
    /// A session opens, with this caller; the message tells the client.
    Open(Arc<Caller>, Bytes),
}

/// A call that is to run.
pub(super) struct Run {
    pub(super) call: Call,
    pub(super) id: RequestId,
    /// The caller's name for the progress of this call, if it asked for progress.
    pub(super) progress_token: Option<ProgressToken>,
    /// Headers that can only be held against the arguments once it is known that the caller may know of the tool.
    pub(super) late_check: Option<HeaderCheck>,
}

/// A stream of events that is to open.
pub(super) struct Listen {
    pub(super) id: RequestId,
    pub(super) filter: ListenFilter,
    pub(super) caller: Arc<Caller>,
    pub(super) metadata: CallMetadata,
}

/// Why a request leads nowhere.
pub(super) struct Refused {
    pub(super) error: Error,
    /// The message itself is at fault, whatever it asks: over HTTP that is a bad request.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "only an HTTP status tells it"))]
    pub(super) is_early: bool,
    /// The revision that the request speaks, once that is known.
    pub(super) version: Option<ProtocolVersion>,
}

impl Refused {
    #[cold]
    pub(super) fn early(error: Error) -> Self {
        Self { error, is_early: true, version: None }
    }

    /// The same to a peer that speaks `version`.
    #[cold]
    pub(super) fn to(self, version: ProtocolVersion) -> Self {
        Self { version: Some(version), ..self }
    }
}

impl From<Error> for Refused {
    #[cold]
    fn from(error: Error) -> Self {
        Self { error, is_early: false, version: None }
    }
}
