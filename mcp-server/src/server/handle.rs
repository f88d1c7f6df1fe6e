//! The server itself: what a program holds, clones and asks.

use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock, Weak},
};

use mcp_core::{
    call::{Call, Outcome},
    error::Error,
    model::ServerNotification,
    sink::{NotificationSink, Published},
};

use super::parts::{Inner, Server, WeakServer};
use crate::{
    context::Context,
    engine::{Engine, Support},
    era::Eras,
    logging::{Arrival, Transport},
    notifier::{Attachment, Interest},
    registry::{PromptRegistry, Registries, ResourceRegistry, ToolRegistry},
};

impl Server {
    /// Makes the parts that know their owner.
    pub(crate) fn assemble(make_engine: impl FnOnce(Weak<dyn Any + Send + Sync>, &Weak<Engine>) -> Engine) -> Self {
        let inner = Arc::new_cyclic(|owner: &Weak<Inner>| {
            let engine = Arc::new_cyclic(|engine| make_engine(owner.clone(), engine));
            Inner { eras: Arc::new(Eras::new(engine.clone())), engine, mounts: OnceLock::new() }
        });
        Self { inner }
    }

    /// The tools: insert, remove and replace them while the server runs.
    pub fn tools(&self) -> &ToolRegistry {
        &self.inner.engine.registries.tools
    }

    /// The prompts: insert, remove and replace them while the server runs.
    pub fn prompts(&self) -> &PromptRegistry {
        &self.inner.engine.registries.prompts
    }

    /// The resources and templates: insert, remove and replace them while the server runs.
    pub fn resources(&self) -> &ResourceRegistry {
        &self.inner.engine.registries.resources
    }

    /// Tells everybody who listens that the list of tools has changed. The registry does so by itself; this is for
    /// changes that it cannot see.
    pub fn notify_tools_list_changed(&self) {
        self.tools().changed();
    }

    /// Tells everybody who listens that the list of prompts has changed; as
    /// [`notify_tools_list_changed`](Self::notify_tools_list_changed).
    pub fn notify_prompts_list_changed(&self) {
        self.prompts().changed();
    }

    /// Tells everybody who listens that the list of resources has changed; as
    /// [`notify_tools_list_changed`](Self::notify_tools_list_changed).
    pub fn notify_resources_list_changed(&self) {
        self.resources().changed();
    }

    /// Tells those who subscribed to this very URI that the resource has changed, in sessions and on streams alike.
    pub fn notify_resource_updated(&self, uri: impl Into<String>) {
        self.inner.engine.notifier.publish(ServerNotification::ResourceUpdated { uri: uri.into().into() });
    }

    /// Pushes every event of an interest into a sink of the program's own, for as long as the attachment lives: for a
    /// bridge to another server, or a relay to other machines.
    ///
    /// Push is called by a task of the server, or by whoever announces a change where there is no Tokio runtime. It must
    /// not block. Events wait for each other in the order in which they were announced, and of equal events that wait
    /// only one is pushed.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use mcp_server::{Interest, NotPushed, NotificationSink, Published, Server};
    ///
    /// struct Print;
    ///
    /// impl NotificationSink for Print {
    ///     fn push(&self, event: &Arc<Published>) -> Result<(), NotPushed> {
    ///         println!("{:?}", event.value());
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let server = Server::builder("watched", "1.0.0").build();
    /// let attachment = server.attach(&Interest::all_lists(), Arc::new(Print));
    /// server.notify_tools_list_changed();
    /// drop(attachment);
    /// ```
    pub fn attach(&self, interest: &Interest, sink: Arc<dyn NotificationSink>) -> Attachment {
        self.inner.engine.notifier.attach(interest, sink)
    }

    /// Announces an event that another server has announced: what a relay does with what it receives.
    ///
    /// What this server has announced itself is dropped, so relays may lead in circles. Between machines carry
    /// [`Published::origin`] beside the event, and make it again with [`Published::from_origin`].
    pub fn relay(&self, event: &Published) {
        self.inner.engine.notifier.relay(event);
    }

    /// Answers one call, without a transport.
    ///
    /// # Errors
    ///
    /// What the caller is told: an unknown tool, arguments that do not fit, a handler that panicked or took too long.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handler.
    pub async fn handle(&self, call: Call) -> Result<Outcome, Error> {
        let arrival = Arrival { id: None, transport: Transport::None };
        self.inner.engine.handle(call, Support::default(), arrival).await
    }

    /// Stops the server: listeners close, streams of events end with their final message, calls may finish within
    /// [`Limits::drain`](crate::Limits::drain) and are dropped after it.
    ///
    /// # Cancel safety
    ///
    /// Once it has been polled, the server goes on stopping, whether the future is dropped or not: to the end of all
    /// calls, in a task of the runtime that it was polled in.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with time enabled, while anything runs.
    pub async fn shutdown(&self) {
        self.inner.engine.lifecycle.shutdown(self.inner.engine.limits.drain).await;
    }

    /// A handle that does not keep the server alive.
    pub fn downgrade(&self) -> WeakServer {
        WeakServer { inner: Arc::downgrade(&self.inner) }
    }
}

impl WeakServer {
    /// The server, if it is still there.
    pub fn upgrade(&self) -> Option<Server> {
        self.inner.upgrade().map(|inner| Server { inner })
    }
}

impl Context {
    /// The server that runs this call.
    #[expect(clippy::panic, reason = "calls are only made by `Engine::handle`, whose owner is an `Inner`")]
    pub fn server(&self) -> Server {
        match self.server_slot().clone().downcast::<Inner>() {
            Ok(inner) => Server { inner },
            Err(_) => panic!("a call that no server has made"),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Engine { info, registries: Registries { tools, prompts, resources, .. }, .. } = &*self.inner.engine;
        let mut fields = f.debug_struct("Server");
        fields.field("name", &info.name).field("tools", tools).field("prompts", prompts).field("resources", resources);
        fields.finish_non_exhaustive()
    }
}

impl fmt::Debug for WeakServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakServer")
    }
}
