//! What answers calls: the registries, the limits, and everything else that both eras share.

use std::{
    any::Any,
    sync::{Arc, Weak},
};

use mcp_core::{
    call::{Call, Outcome},
    error::Error,
    model::{CacheHint, Implementation, ServerCapabilities},
    version::ProtocolVersion,
};

#[cfg(feature = "middleware")]
use crate::middleware::{Next, Route};
use crate::{
    context::{Activity, CallScope},
    extension::Extensions,
    lifecycle::{Lifecycle, Places},
    limits::Limits,
    notifier::Notifier,
    registry::Registries,
    router::{CallFuture, Deadline, guard, route},
};

pub(crate) struct Engine {
    pub(crate) info: Implementation,
    pub(crate) instructions: Option<String>,
    /// The revisions that are served, oldest first.
    pub(crate) versions: Vec<ProtocolVersion>,
    /// For how long what the server is may be kept.
    pub(crate) discovery: CacheHint,
    pub(crate) limits: Limits,
    pub(crate) registries: Registries,
    pub(crate) extensions: Extensions,
    pub(crate) notifier: Notifier,
    pub(crate) lifecycle: Lifecycle,
    /// Places for calls over HTTP.
    #[cfg(feature = "http")]
    pub(crate) calls: Arc<Places>,
    /// Places for event streams.
    pub(crate) streams: Arc<Places>,
    /// The server that owns this engine; handlers may ask for it.
    pub(crate) owner: Weak<dyn Any + Send + Sync>,
    /// The way through the layers, if there are any. It ends at this engine.
    #[cfg(feature = "middleware")]
    pub(crate) layers: Option<Next>,
}

/// Carries the clock of a call through its layers.
#[cfg(feature = "middleware")]
#[derive(Clone)]
struct Watched(Arc<Activity>);

impl Engine {
    /// Runs a call to its answer: through the layers, routed, with panics caught and its deadline held.
    pub(crate) fn handle(self: &Arc<Self>, call: Call) -> CallFuture {
        let activity = call.notifications.is_some().then(|| Arc::new(Activity::new()));
        let deadline = Deadline {
            quiet: self.limits.call_timeout,
            total: self.limits.call_timeout_max,
            activity: activity.clone(),
        };
        #[cfg(feature = "middleware")]
        if let Some(layers) = &self.layers {
            let mut call = call;
            if let Some(activity) = activity {
                call.metadata.extensions_mut().insert(Watched(activity));
            }
            return Box::pin(guard(layers.clone().run(call), deadline));
        }
        Box::pin(guard(self.clone().answer(call, activity), deadline))
    }

    /// Where the layers end.
    #[cfg(feature = "middleware")]
    pub(crate) fn end_of_layers(engine: Weak<Self>) -> Next {
        Next::new(Route(move |mut call: Call| -> CallFuture {
            let activity = call.metadata.extensions_mut().remove::<Watched>().map(|Watched(activity)| activity);
            match engine.upgrade() {
                Some(engine) => Box::pin(engine.answer(call, activity)),
                None => Box::pin(std::future::ready(Err(gone()))),
            }
        }))
    }

    async fn answer(self: Arc<Self>, call: Call, activity: Option<Arc<Activity>>) -> Result<Outcome, Error> {
        let Call { request, caller, notifications, metadata, .. } = call;
        let server = self.owner.upgrade().ok_or_else(gone)?;
        let scope = CallScope { caller, notifications, metadata, activity, server };
        route(&self.registries, &self.extensions, request, scope).await
    }

    /// What the server offers: what was registered and configured.
    pub(crate) fn capabilities(&self) -> ServerCapabilities {
        let mut capabilities = self.registries.capabilities();
        capabilities.extensions = self.extensions.declared();
        capabilities
    }

    /// What the server offers to a session: capabilities there have no place for extensions, but some want to be
    /// declared all the same.
    pub(crate) fn capabilities_in_sessions(&self) -> ServerCapabilities {
        let mut capabilities = self.registries.capabilities();
        capabilities.extensions = self.extensions.declared_in_sessions();
        capabilities
    }
}

fn gone() -> Error {
    Error::internal("the server is gone")
}
