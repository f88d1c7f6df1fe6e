//! How a server is put together.

mod check;
#[cfg(feature = "discovery")]
mod discovery;
mod errors;
mod mounts;
mod sources;
mod state;

use std::sync::Arc;
#[cfg(feature = "middleware")]
use std::{error::Error as StdError, sync::Weak};

use mcp_core::{
    model::{Icon, Implementation, LogLevel},
    version::ProtocolVersion,
};

#[cfg(feature = "middleware")]
use mcp_core::call::{Call, Outcome};
#[cfg(feature = "middleware")]
use tower_layer::Layer;
#[cfg(feature = "middleware")]
use tower_service::Service;

#[cfg(feature = "discovery")]
use crate::discovery::{Catalogue, Discovery};
#[cfg(feature = "middleware")]
use crate::middleware::{Layered, Next};
#[cfg(feature = "seal")]
use crate::request_state::StateKey;
use crate::{
    budget::Budget,
    engine::{Engine, Logging},
    extension::{Extension, Extensions},
    handler::{
        ListOf, Listed, SchemaProfile, ServerPrompt, ServerResource, ServerTool, StateMap, Viewer, Visibility, or_panic,
    },
    lifecycle::Lifecycle,
    limits::{CacheHints, Limits},
    notifier::Notifier,
    permits::Permits,
    refusal_log::RefusalLog,
    registry::{Registries, Sources, Terms},
    request_state::Sealer,
    rounds::RoundTerms,
    router,
    server::{Mount, Server, join},
};

/// Collects what a server offers. Mistakes panic at the line that makes them, when the program starts.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ServerBuilder {
    info: Implementation,
    instructions: Option<String>,
    versions: Vec<ProtocolVersion>,
    limits: Limits,
    tools: Option<Vec<ServerTool>>,
    prompts: Option<Vec<ServerPrompt>>,
    resources: Option<Vec<ServerResource>>,
    sources: Sources,
    #[cfg(feature = "discovery")]
    found_by: Option<Discovery>,
    extensions: Extensions,
    schema_profile: SchemaProfile,
    cache_hints: CacheHints,
    visibility: Visibility,
    mounts: Vec<Mount>,
    states: StateMap,
    #[cfg(feature = "seal")]
    state_keys: Vec<StateKey>,
    #[cfg(feature = "middleware")]
    layers: Vec<Layered>,
    logging: Option<Logging>,
    masks_errors: bool,
}

impl Server {
    /// Begins a server with the name and version that clients will see.
    pub fn builder(name: impl Into<String>, version: impl Into<String>) -> ServerBuilder {
        ServerBuilder {
            info: Implementation::new(name, version),
            instructions: None,
            versions: ProtocolVersion::ALL.to_vec(),
            limits: Limits::default(),
            tools: None,
            prompts: None,
            resources: None,
            sources: Sources::default(),
            #[cfg(feature = "discovery")]
            found_by: None,
            extensions: Extensions::default(),
            schema_profile: SchemaProfile::default(),
            cache_hints: CacheHints::default(),
            visibility: Visibility::default(),
            mounts: Vec::new(),
            states: StateMap::default(),
            #[cfg(feature = "seal")]
            state_keys: Vec::new(),
            #[cfg(feature = "middleware")]
            layers: Vec::new(),
            logging: None,
            masks_errors: false,
        }
    }
}

impl ServerBuilder {
    /// The name for people to read.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.info.title = Some(title.into());
        self
    }

    /// What the server is for, since 2025-11-25.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.info.description = Some(description.into());
        self
    }

    /// The server's home page, since 2025-11-25.
    pub fn website_url(mut self, url: impl Into<String>) -> Self {
        self.info.website_url = Some(url.into());
        self
    }

    /// Pictures to show, since 2025-11-25.
    pub fn icons(mut self, icons: impl IntoIterator<Item = Icon>) -> Self {
        self.info.icons = Some(icons.into_iter().collect());
        self
    }

    /// How a model should use this server.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }

    /// Adds tools: `tools![add, subtract]`. An empty list declares that the server has tools, which may come later.
    ///
    /// # Panics
    ///
    /// If a tool of the same name was added before.
    #[track_caller]
    pub fn tools(mut self, tools: impl ListOf<ServerTool>) -> Self {
        let (mounts, added) = (&self.mounts, self.tools.get_or_insert_default());
        for tool in tools {
            let name = &tool.definition().name;
            let known = added.iter().any(|other| other.definition().name == *name)
                || mounts.iter().any(|mount| mount.has_tool(name));
            assert!(!known, "two tools are called `{name}`: rename one, for example with #[tool(name = \"…\")]");
            added.push(tool);
        }
        self
    }

    /// Adds prompts: `prompts![plan]`. An empty list declares that the server has prompts, which may come later.
    ///
    /// # Panics
    ///
    /// If a prompt of the same name was added before.
    #[track_caller]
    pub fn prompts(mut self, prompts: impl ListOf<ServerPrompt>) -> Self {
        let (mounts, added) = (&self.mounts, self.prompts.get_or_insert_default());
        for prompt in prompts {
            let name = &prompt.definition().name;
            let known = added.iter().any(|other| other.definition().name == *name)
                || mounts.iter().any(|mount| mount.has_prompt(name));
            assert!(!known, "two prompts are called `{name}`: rename one, for example with #[prompt(name = \"…\")]");
            added.push(prompt);
        }
        self
    }

    /// Adds resources and templates: `resources![yesterday]`. An empty list declares that the server has resources,
    /// which may come later.
    ///
    /// # Panics
    ///
    /// If a resource of the same URI was added before, or a template that takes every URI of this one.
    #[track_caller]
    pub fn resources(mut self, resources: impl ListOf<ServerResource>) -> Self {
        let mounted: Vec<ServerResource> = self.mounts.iter().flat_map(Mount::resources).collect();
        let added = self.resources.get_or_insert_default();
        for resource in resources {
            check::resource(&resource, added.iter());
            let uri = resource.uri();
            // Own templates come before mounted ones.
            for below in &mounted {
                let known = below.uri();
                assert!(!below.is_same(&resource), "two resources have the URI `{uri}`: give one of them another");
                let covered = resource.covers(below);
                assert!(!covered, "`{known}`, which is mounted, is never read: `{uri}` takes all its URIs");
            }
            added.push(resource);
        }
        self
    }

    /// Declares an extension, and serves its methods (2026-07-28, basic/versioning, "Extension Negotiation"; SEP-2133).
    ///
    /// # Panics
    ///
    /// If an extension of the same identifier was added before, or one that has one of its methods.
    #[track_caller]
    pub fn extension(mut self, extension: Extension) -> Self {
        let problem = self.extensions.add(extension).err().unwrap_or_default();
        assert!(problem.is_empty(), "{problem}");
        self
    }

    /// Serves only these revisions of the protocol. All are served by default.
    ///
    /// # Panics
    ///
    /// If the list is empty.
    #[track_caller]
    pub fn versions(mut self, versions: impl IntoIterator<Item = ProtocolVersion>) -> Self {
        self.versions = versions.into_iter().collect();
        assert!(!self.versions.is_empty(), "a server must serve at least one revision of the protocol");
        self.versions.sort_unstable();
        self.versions.dedup();
        self
    }

    /// Replaces the limits.
    ///
    /// # Panics
    ///
    /// If a limit cannot be kept, such as a time of no length or a size beyond all memory; the text names it and what it
    /// may be.
    #[track_caller]
    pub fn limits(mut self, limits: Limits) -> Self {
        or_panic(limits.check());
        self.limits = limits;
        self
    }

    /// Declares that handlers send log messages to clients: [`Context::log`](crate::Context::log).
    ///
    /// A client gets those that it asks for, and none before it does: since 2026-07-28 it names a level in a request,
    /// until then it sets one for its session. That revision has deprecated such messages (2026-07-28, deprecated): for
    /// whoever runs the server, log with `tracing`.
    pub fn logging(mut self) -> Self {
        self.logging.get_or_insert_default();
        self
    }

    /// As [`logging`](Self::logging), and a client with a session gets messages of this level and above before it sets
    /// one itself (2025-11-25, server/utilities/logging, "Setting Log Level"), which not every client does. Each call
    /// of such a session then has a stream for them.
    pub fn logging_from(mut self, level: LogLevel) -> Self {
        self.logging = Some(Logging { of_sessions: Some(level) });
        self
    }

    /// How lists show the schemas of tools, for clients that read only part of JSON Schema.
    pub fn schema_profile(mut self, profile: SchemaProfile) -> Self {
        self.schema_profile = profile;
        self
    }

    /// Puts a tower layer around every call that a registry answers (lists, calls, reads, completions), and around
    /// methods of extensions, also those that no extension has.
    ///
    /// A layer sees the [`Call`](crate::middleware::Call) with its caller, method and name, may refuse it with an
    /// [`Error`](crate::Error), add to its extensions, and look at the outcome. Layers are added from the inside
    /// out: the last one added sees a call first. For an order from top to bottom, pass one `tower::ServiceBuilder`.
    /// The deadline of the call and the catching of panics hold for the layers too. What a layer's service fails with
    /// goes to the caller if it is an [`Error`](crate::Error); of anything else the caller learns only that the call
    /// was refused.
    ///
    /// [`from_fn`](crate::middleware::from_fn) makes a layer of a function.
    ///
    /// ```
    /// use mcp_server::Server;
    /// use tower::limit::ConcurrencyLimitLayer;
    ///
    /// // At most eight calls at the same time, whoever asks, over whatever transport.
    /// let server = Server::builder("calm", "1.0.0").layer(ConcurrencyLimitLayer::new(8)).build();
    /// # drop(server);
    /// ```
    #[cfg(feature = "middleware")]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Next> + Send + Sync + 'static,
        L::Service: Service<Call, Response = Outcome> + Clone + Send + Sync + 'static,
        <L::Service as Service<Call>>::Error: Into<Box<dyn StdError + Send + Sync>>,
        <L::Service as Service<Call>>::Future: Send,
    {
        self.layers.push(Layered::new(move |next| Next::of(layer.layer(next))));
        self
    }

    /// Shows items only to those for whom `condition` holds; to all others they do not exist: no list has them, and a
    /// request for one is answered as if there were none. Said again, all conditions must hold.
    ///
    /// The condition runs with every list and request, once per item; it must not block. One that panics hides. What
    /// depends on more than it can see, such as a database, is looked up by a [layer](Self::layer), which leaves what
    /// it found in the extensions of the call. When it begins to decide otherwise, tell so with
    /// [`Server::notify_tools_list_changed`] and the like.
    ///
    /// ```
    /// use mcp_server::{Listed, Server, Viewer};
    ///
    /// struct Staff;
    ///
    /// let server = Server::builder("shop", "1.0.0").visible_if(|viewer: &Viewer<'_>, item: Listed<'_>| {
    ///     !item.name().starts_with("admin_") || viewer.extensions().get::<Staff>().is_some()
    /// });
    /// # drop(server);
    /// ```
    pub fn visible_if(mut self, condition: impl Fn(&Viewer<'_>, Listed<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.visibility.and(condition);
        self
    }

    /// For how long, and by whom, what the server says may be kept. By default nothing is.
    pub fn cache_hints(mut self, hints: CacheHints) -> Self {
        self.cache_hints = hints;
        self
    }

    /// The secret that seals what clients carry from one request to the next, such as cursors. Without one, each
    /// process draws its own.
    ///
    /// Replicas of a server need the same secret, so that each goes on where another ended; so does a server whose
    /// clients should not notice that it was started anew. Said again, it adds a secret that is still accepted: the
    /// first one seals. To replace a secret, start every replica with the old and the new one, then with the new and
    /// the old one, then with the new one alone.
    ///
    /// # Panics
    ///
    /// If the secret has fewer than 32 bytes. They should be random: `openssl rand -base64 32` prints such a secret.
    #[cfg(feature = "seal")]
    #[track_caller]
    pub fn state_key(mut self, secret: impl AsRef<[u8]>) -> Self {
        let (secret, least) = (secret.as_ref(), StateKey::SHORTEST);
        let length = secret.len();
        assert!(length >= least, "a state key of {length} bytes is too short: use {least} random bytes or more");
        let key = StateKey::new(secret);
        assert!(key.is_some(), "no key can be derived of the secret: the library for cryptography does not work here");
        self.state_keys.extend(key);
        self
    }

    /// The server.
    ///
    /// # Panics
    ///
    /// If a handler takes [`State`](crate::State) that was not given.
    #[track_caller]
    pub fn build(self) -> Server {
        let Self {
            info,
            instructions,
            versions,
            limits,
            tools,
            prompts,
            resources,
            schema_profile,
            cache_hints,
            logging,
            masks_errors,
            visibility,
            mounts,
            mut sources,
            states,
            ..
        } = self;
        for mount in &mounts {
            mount.add_sources(&mut sources);
        }
        let notifier = Notifier::new(limits.notification_delay);
        #[cfg(feature = "seal")]
        let sealer = Sealer::new(self.state_keys);
        #[cfg(not(feature = "seal"))]
        let sealer = Sealer;
        let sealer = Arc::new(sealer);
        let lifecycle = Lifecycle::default();
        let rounds = RoundTerms::new(&limits, sealer.clone(), &info.name, RefusalLog::new(&lifecycle));
        let terms = Terms {
            page_size: limits.page_size,
            page_bytes: limits.page_bytes,
            result_text_bytes: limits.result_text_bytes,
            notifier: notifier.clone(),
            hints: cache_hints,
            sealer,
            visibility,
            states: Arc::new(states),
        };
        let registries = Registries::new(&terms, schema_profile, sources.bound(&terms.states));
        if let Some(tools) = tools {
            registries.tools.fill(tools);
        }
        if let Some(prompts) = prompts {
            registries.prompts.fill(prompts);
        }
        if let Some(resources) = resources {
            registries.resources.fill(resources);
        }
        #[cfg(feature = "discovery")]
        let catalogue = match self.found_by {
            Some(options) => Some(or_panic(Catalogue::install(options, &registries.tools, schema_profile))),
            None => None,
        };
        #[cfg(feature = "middleware")]
        let layers = self.layers;
        let terms = router::Terms::of(&limits, &lifecycle);
        let server = Server::assemble(|owner, _engine| Engine {
            #[cfg(feature = "middleware")]
            layers: wrap_all(layers, _engine),
            info,
            instructions,
            versions,
            discovery: cache_hints.discovery,
            logging,
            masks_errors,
            registries,
            rounds: Arc::new(rounds),
            #[cfg(feature = "discovery")]
            catalogue,
            extensions: self.extensions,
            notifier,
            terms: Arc::new(terms),
            refusals: RefusalLog::new(&lifecycle),
            lifecycle,
            #[cfg(feature = "http")]
            calls: Permits::new(limits.calls),
            #[cfg(feature = "http")]
            connections: Permits::new(limits.connections),
            held: Budget::new(limits.held_bytes),
            kept: Budget::new(limits.kept_bytes),
            streams: Permits::new(limits.streams),
            limits,
            owner,
        });
        join(mounts, &server);
        server
    }
}

#[cfg(feature = "middleware")]
fn wrap_all(layers: Vec<Layered>, engine: &Weak<Engine>) -> Option<Next> {
    let end = (!layers.is_empty()).then(|| Engine::end_of_layers(engine.clone()))?;
    Some(layers.into_iter().fold(end, |next, layer| layer.around(next)))
}
