//! Who gets to see an item.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use mcp_core::{
    call::{CallMetadata, Caller},
    json::RawJson,
    model::{Prompt, Resource, ResourceTemplate, Tool},
};

use crate::context::CallScope;

/// Who looks at a list, or asks for an item of it: what a predicate of visibility decides by.
#[derive(Clone, Copy)]
pub struct Viewer<'a> {
    caller: &'a Caller,
    metadata: &'a CallMetadata,
}

impl<'a> Viewer<'a> {
    pub(crate) fn new(caller: &'a Caller, metadata: &'a CallMetadata) -> Self {
        Self { caller, metadata }
    }

    pub(crate) fn of(scope: &'a CallScope) -> Self {
        Self::new(&scope.caller, &scope.metadata)
    }

    /// Who calls: protocol version, capabilities, and what the client says it is, which is no proof of anything.
    pub fn caller(&self) -> &'a Caller {
        self.caller
    }

    /// The member `key` of the request's `_meta`.
    pub fn meta(&self, key: &str) -> Option<RawJson> {
        self.metadata.meta(key)
    }

    /// The headers of the HTTP request; none over other transports.
    #[cfg(feature = "middleware")]
    pub fn headers(&self) -> &'a http::HeaderMap {
        self.metadata.headers()
    }

    /// What the host application's middleware put into the HTTP request, and
    /// [layers](crate::ServerBuilder::layer) into the call.
    #[cfg(feature = "middleware")]
    pub fn extensions(&self) -> &'a http::Extensions {
        self.metadata.extensions()
    }
}

/// Shows nothing of headers and extensions, which hold secrets.
impl fmt::Debug for Viewer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Viewer").field("caller", self.caller).finish_non_exhaustive()
    }
}

/// An item of a list, as the list shows it.
///
/// `#[non_exhaustive]`: there may be more lists.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Listed<'a> {
    /// A tool.
    Tool(&'a Tool),
    /// A prompt.
    Prompt(&'a Prompt),
    /// A resource.
    Resource(&'a Resource),
    /// A family of resources.
    ResourceTemplate(&'a ResourceTemplate),
}

impl<'a> Listed<'a> {
    /// The name of a tool or prompt, the URI of a resource, the template of a family.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Tool(tool) => &tool.name,
            Self::Prompt(prompt) => &prompt.name,
            Self::Resource(resource) => &resource.uri,
            Self::ResourceTemplate(template) => &template.uri_template,
        }
    }
}

/// Whether an item is shown to a viewer. All that was added must agree.
#[derive(Clone, Default)]
pub(crate) struct Visibility(Option<Arc<Predicate>>);

type Predicate = dyn Fn(&Viewer<'_>, Listed<'_>) -> bool + Send + Sync;

impl Visibility {
    /// Adds a condition.
    pub(crate) fn and(&mut self, condition: impl Fn(&Viewer<'_>, Listed<'_>) -> bool + Send + Sync + 'static) {
        self.0 = Some(match self.0.take() {
            None => Arc::new(condition),
            Some(others) => Arc::new(move |viewer, item| others(viewer, item) && condition(viewer, item)),
        });
    }

    /// Whether everybody sees everything.
    pub(crate) fn is_open(&self) -> bool {
        self.0.is_none()
    }

    /// Whether the item is shown. A condition that panics shows nothing.
    pub(crate) fn shows(&self, viewer: &Viewer<'_>, item: Listed<'_>) -> bool {
        let Some(condition) = &self.0 else { return true };
        catch_unwind(AssertUnwindSafe(|| condition(viewer, item))).unwrap_or_else(|_| {
            let _span = crate::logging::span_of_failure();
            tracing::error!(item = item.name(), "a predicate of visibility panicked: the item is hidden");
            false
        })
    }
}

impl fmt::Debug for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visibility").field("is_open", &self.is_open()).finish()
    }
}

/// Gives an item with a field `visibility` its condition.
macro_rules! visible_if {
    ($item:ident) => {
        impl $item {
            /// Shows it only to those for whom `condition` holds; to all others it does not exist: no list has it, and
            /// a request for it is answered as if there were none. Said again, both conditions must hold.
            ///
            /// Also [`ServerBuilder::visible_if`](crate::ServerBuilder::visible_if), for many items at once. The
            /// condition runs with every list and request; it must not block.
            #[must_use]
            pub fn visible_if(
                mut self,
                condition: impl Fn(&$crate::handler::Viewer<'_>) -> bool + Send + Sync + 'static,
            ) -> Self {
                self.visibility.and(move |viewer, _| condition(viewer));
                self
            }

            pub(crate) fn visibility(&self) -> &$crate::handler::Visibility {
                &self.visibility
            }
        }
    };
}

pub(super) use visible_if;
