//! What answers calls: the registries, the limits, and everything else that both eras share.

use std::{
    any::Any,
    future::Future,
    pin::Pin,
    sync::{Arc, Weak},
};

use mcp_core::{
    call::{Call, Outcome},
    error::Error,
    model::{Implementation, ServerCapabilities},
    version::ProtocolVersion,
};

use crate::{
    context::{Activity, CallScope},
    lifecycle::{Lifecycle, Places},
    limits::Limits,
    notifier::Notifier,
    registry::Registries,
    router::{Deadline, guard, route},
};

/// A call on its way to its answer. Dropping it drops the handler.
pub(crate) type CallFuture = Pin<Box<dyn Future<Output = Result<Outcome, Error>> + Send>>;

pub(crate) struct Engine {
    pub(crate) info: Implementation,
    pub(crate) instructions: Option<String>,
    /// The revisions that are served, oldest first.
    pub(crate) versions: Vec<ProtocolVersion>,
    pub(crate) limits: Limits,
    pub(crate) registries: Registries,
    pub(crate) notifier: Notifier,
    pub(crate) lifecycle: Lifecycle,
    /// Places for calls over HTTP.
    #[cfg(feature = "http")]
    pub(crate) calls: Arc<Places>,
    /// Places for event streams.
    pub(crate) streams: Arc<Places>,
    /// The server that owns this engine; handlers may ask for it.
    pub(crate) owner: Weak<dyn Any + Send + Sync>,
}

impl Engine {
    /// Runs a call to its answer: routed, with panics caught and its deadline held.
    pub(crate) fn handle(self: &Arc<Self>, call: Call) -> CallFuture {
        let engine = self.clone();
        let Call { request, caller, notifications, .. } = call;
        let activity = notifications.is_some().then(|| Arc::new(Activity::new()));
        let deadline = Deadline {
            quiet: self.limits.call_timeout,
            total: self.limits.call_timeout_max,
            activity: activity.clone(),
        };
        let answer = async move {
            let server = engine.owner.upgrade().ok_or_else(|| Error::internal("the server is gone"))?;
            let scope = CallScope { caller, notifications, activity, server };
            route(&engine.registries, request, scope).await
        };
        Box::pin(guard(answer, deadline))
    }

    /// What the server offers: what was registered and configured.
    pub(crate) fn capabilities(&self) -> ServerCapabilities {
        self.registries.capabilities()
    }
}
