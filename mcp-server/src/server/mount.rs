//! One server inside another: its items, its changes, its handlers.

use std::sync::{Arc, Weak};

use mcp_core::sink::{NotPushed, NotificationSink, Published};

use super::parts::{Inner, Mount, Mounts, Server};
#[cfg(feature = "middleware")]
use crate::engine::Engine;
use crate::{
    handler::{Layers, Origin, ServerPrompt, ServerResource, ServerTool, mounted_name},
    notifier::{Attachment, Interest},
    registry::Registries,
};

impl Mount {
    /// # Errors
    ///
    /// If no name may begin so, or if a tool would have a name that no tool may have.
    pub(crate) fn new(prefix: String, server: Server) -> Result<Self, String> {
        if prefix.is_empty() || !prefix.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)) {
            return Err(format!("{prefix:?} cannot begin names: use A-Z a-z 0-9 `_` `-` `.`"));
        }
        let registries = &server.inner.engine.registries;
        let origin = Origin {
            server: server.inner.clone(),
            prefix: prefix.as_str().into(),
            layers: layers(&server),
            masks_errors: server.inner.engine.masks_errors,
            visibility: registries.visibility.clone(),
            contents: registries.resources.contents_hint(),
        };
        let mount = Self { prefix, server, origin: Arc::new(origin) };
        mount.each_tool().try_for_each(|tool| tool.map(drop))?;
        Ok(mount)
    }

    fn inner(&self) -> &Registries {
        &self.server.inner.engine.registries
    }

    fn each_tool(&self) -> impl Iterator<Item = Result<ServerTool, String>> {
        self.inner().tools.all().into_iter().map(|tool| tool.mounted(&self.prefix, &self.origin))
    }

    /// The tools as the outer server has them. What cannot have a name there is left out, and the log says so.
    pub(crate) fn tools(&self) -> Vec<ServerTool> {
        let tell = |problem: &String| tracing::warn!(problem, "a tool of a mounted server is left out");
        self.each_tool().filter_map(|tool| tool.inspect_err(tell).ok()).collect()
    }

    /// The prompts as the outer server has them.
    pub(crate) fn prompts(&self) -> Vec<ServerPrompt> {
        self.inner().prompts.all().into_iter().map(|prompt| prompt.mounted(&self.prefix, &self.origin)).collect()
    }

    /// The resources and templates as the outer server has them.
    pub(crate) fn resources(&self) -> Vec<ServerResource> {
        self.inner().resources.all().into_iter().map(|resource| resource.mounted(&self.origin)).collect()
    }

    pub(crate) fn has_tool(&self, name: &str) -> bool {
        self.server.tools().names().iter().any(|inner| mounted_name(&self.prefix, inner) == name)
    }

    pub(crate) fn has_prompt(&self, name: &str) -> bool {
        self.server.prompts().names().iter().any(|inner| mounted_name(&self.prefix, inner) == name)
    }

    /// Tells the outer server of everything that changes here.
    fn report_to(&self, outer: &Weak<Inner>, place: usize) -> Attachment {
        let inner = self.inner();
        inner.tools.on_change(follow(outer, place, refresh_tools));
        inner.prompts.on_change(follow(outer, place, refresh_prompts));
        inner.resources.on_change(follow(outer, place, refresh_resources));
        let relay = Relay { outer: outer.clone() };
        self.server.inner.engine.notifier.attach(&Interest::nothing().every_resource(), Arc::new(relay))
    }
}

/// Makes servers part of an outer one, now and whenever they change.
pub(crate) fn join(mounts: Vec<Mount>, outer: &Server) {
    if mounts.is_empty() {
        return;
    }
    let weak = Arc::downgrade(&outer.inner);
    let reporting = |(place, mount): (usize, Mount)| {
        let updates = mount.report_to(&weak, place);
        (mount, updates)
    };
    let mounts = Mounts(mounts.into_iter().enumerate().map(reporting).collect());
    // A change before this moment finds nothing to refresh, one after it refreshes; so nothing falls between.
    let Mounts(mounts) = outer.inner.mounts.get_or_init(|| mounts);
    let registries = &outer.inner.engine.registries;
    for (place, (mount, _)) in mounts.iter().enumerate() {
        let inner = mount.inner();
        if inner.tools.is_declared() {
            registries.tools.fill_mounted(place, || mount.tools());
        }
        if inner.prompts.is_declared() {
            registries.prompts.fill_mounted(place, || mount.prompts());
        }
        if inner.resources.is_declared() {
            registries.resources.fill_mounted(place, || mount.resources());
        }
    }
}

type Refresh = fn(&Registries, usize, &Mount);

fn refresh_tools(outer: &Registries, place: usize, mount: &Mount) {
    outer.tools.replace_mounted(place, || mount.tools());
}

fn refresh_prompts(outer: &Registries, place: usize, mount: &Mount) {
    outer.prompts.replace_mounted(place, || mount.prompts());
}

fn refresh_resources(outer: &Registries, place: usize, mount: &Mount) {
    outer.resources.replace_mounted(place, || mount.resources());
}

/// What a list calls when it has changed, as long as the outer server is there. It does not keep it there, nor the
/// inner one, which the outer one keeps.
fn follow(outer: &Weak<Inner>, place: usize, refresh: Refresh) -> impl Fn() -> bool + Send + Sync + use<> {
    let outer = outer.clone();
    move || {
        let Some(outer) = outer.upgrade() else { return false };
        if let Some((mount, _)) = outer.mounts.get().and_then(|Mounts(mounts)| mounts.get(place)) {
            refresh(&outer.engine.registries, place, mount);
        }
        true
    }
}

/// Hands changes of single resources on to those who watch them at the outer server.
struct Relay {
    outer: Weak<Inner>,
}

impl NotificationSink for Relay {
    fn push(&self, notification: &Arc<Published>) -> Result<(), NotPushed> {
        let outer = self.outer.upgrade().ok_or(NotPushed::Gone)?;
        outer.engine.notifier.relay(notification);
        Ok(())
    }
}

/// The way through the layers of a server, if it has any.
#[cfg(feature = "middleware")]
fn layers(server: &Server) -> Option<Box<Layers>> {
    let layers = server.inner.engine.layers.clone()?;
    Some(Box::new(move |request, scope| Engine::enter_layers(layers.clone(), request, scope)))
}

#[cfg(not(feature = "middleware"))]
fn layers(_: &Server) -> Option<Box<Layers>> {
    None
}
