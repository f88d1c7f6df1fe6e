//! One question to a server and its answer, in words that hold in every revision.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use crate::{
    json::RawJson,
    model::{ClientCapabilities, Implementation, ProgressToken, Request, ServerResult},
    sink::NotificationSink,
    version::ProtocolVersion,
};

/// Who asks, as far as the request or its session says.
#[derive(Debug)]
pub struct Caller {
    version: ProtocolVersion,
    capabilities: ClientCapabilities,
    client: OnceLock<Option<Implementation>>,
    raw_client: Option<RawJson>,
}

impl Caller {
    /// A caller that speaks `version` and has not said who it is.
    pub fn new(version: ProtocolVersion, capabilities: ClientCapabilities) -> Self {
        Self { version, capabilities, client: OnceLock::new(), raw_client: None }
    }

    /// Adds what the client says about itself, decoded when somebody asks for it.
    #[must_use]
    pub fn with_client(mut self, client: Option<RawJson>) -> Self {
        self.raw_client = client;
        self
    }

    /// The protocol version of this request.
    pub fn version(&self) -> ProtocolVersion {
        self.version
    }

    /// What the client declared for this request, or for its session.
    pub fn capabilities(&self) -> &ClientCapabilities {
        &self.capabilities
    }

    /// What the client says it is; for display and logs only (VER-009).
    pub fn client(&self) -> Option<&Implementation> {
        self.client.get_or_init(|| self.raw_client.as_ref()?.parse().ok()).as_ref()
    }
}

/// One question: what is asked, by whom, and where its notifications go.
#[non_exhaustive]
pub struct Call {
    /// What is asked.
    pub request: Request,
    /// Who asks.
    pub caller: Arc<Caller>,
    /// Where the call's own notifications go. `None` if the caller wants none.
    pub notifications: Option<CallNotifications>,
}

/// Where a call's progress goes, and under which name.
#[derive(Clone)]
pub struct CallNotifications {
    /// The caller's name for the progress of this call, if it asked for progress (PROG-006).
    pub progress_token: Option<ProgressToken>,
    /// The stream of this request, and of no other (PROG-005).
    pub sink: Arc<dyn NotificationSink>,
}

impl Call {
    /// A call whose caller wants no notifications.
    pub fn new(request: Request, caller: Arc<Caller>) -> Self {
        Self { request, caller, notifications: None }
    }

    /// Adds where notifications go.
    #[must_use]
    pub fn with_notifications(mut self, notifications: Option<CallNotifications>) -> Self {
        self.notifications = notifications;
        self
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("request", &self.request).field("caller", &self.caller).finish_non_exhaustive()
    }
}

/// The answer to a [`Call`] that did not fail.
///
/// `#[non_exhaustive]`: a call may end in other ways than complete in later versions of this SDK.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The final answer.
    Complete(ServerResult),
}
