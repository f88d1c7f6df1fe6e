//! Tools, prompts and resources that share state.

use std::sync::Arc;

use super::{ServerPrompt, ServerResource, ServerTool};

/// Handlers over shared state. `#[handlers]` implements it for an `impl` block.
///
/// By hand it is what one value offers, each of them holding the value:
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
/// use mcp_server::{Handlers, ServerTool};
///
/// #[derive(Default)]
/// struct Counter(AtomicU64);
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct CountArgs {
///     by: u64,
/// }
///
/// impl Handlers for Counter {
///     fn tools(self: Arc<Self>) -> Vec<ServerTool> {
///         let count = ServerTool::new("count", move |args: CountArgs| {
///             let this = self.clone();
///             async move { this.0.fetch_add(args.by, Ordering::Relaxed) }
///         });
///         vec![count]
///     }
/// }
/// ```
///
/// An `Arc` of what has handlers has them too: `builder.handlers(notes.clone())`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no handlers",
    note = "write `#[mcp_server::handlers]` above an `impl {Self}` block, and `#[tool]`, `#[prompt]` or `#[resource(\"..\")]` above its methods"
)]
pub trait Handlers: Send + Sync + 'static {
    /// The tools, each holding the shared state.
    fn tools(self: Arc<Self>) -> Vec<ServerTool> {
        Vec::new()
    }

    /// The prompts, each holding the shared state.
    fn prompts(self: Arc<Self>) -> Vec<ServerPrompt> {
        Vec::new()
    }

    /// The resources, each holding the shared state.
    fn resources(self: Arc<Self>) -> Vec<ServerResource> {
        Vec::new()
    }

    /// All of them, which is what a server asks for.
    fn all(self: Arc<Self>) -> HandlerGroup {
        HandlerGroup { tools: self.clone().tools(), prompts: self.clone().prompts(), resources: self.resources() }
    }
}

impl<T: Handlers + ?Sized> Handlers for Arc<T> {
    fn tools(self: Arc<Self>) -> Vec<ServerTool> {
        T::tools(Self::clone(&self))
    }

    fn prompts(self: Arc<Self>) -> Vec<ServerPrompt> {
        T::prompts(Self::clone(&self))
    }

    fn resources(self: Arc<Self>) -> Vec<ServerResource> {
        T::resources(Self::clone(&self))
    }

    fn all(self: Arc<Self>) -> HandlerGroup {
        T::all(Self::clone(&self))
    }
}

/// Some tools, prompts and resources: what a block with `#[handlers(group = name)]` gives.
///
/// It is a [`Handlers`] itself, so that a server may have one group and not another:
///
/// ```
/// use std::sync::Arc;
/// use mcp_server::{Server, handlers};
///
/// struct Notes;
///
/// #[handlers]
/// impl Notes {
///     /// How many notes there are.
///     #[tool]
///     fn count(&self) -> usize {
///         0
///     }
/// }
///
/// #[handlers(group = admin)]
/// impl Notes {
///     /// Forgets all notes.
///     #[tool]
///     fn clear(&self) {}
/// }
///
/// let (notes, is_admin) = (Arc::new(Notes), false);
/// let mut builder = Server::builder("notes", "1.0.0").handlers(notes.clone());
/// if is_admin {
///     builder = builder.handlers(notes.admin());
/// }
/// assert_eq!(builder.build().tools().names(), ["count"]);
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "give it to a server: `builder.handlers(group)`"]
pub struct HandlerGroup {
    /// In their order.
    pub tools: Vec<ServerTool>,
    /// In their order.
    pub prompts: Vec<ServerPrompt>,
    /// In their order.
    pub resources: Vec<ServerResource>,
}

impl HandlerGroup {
    /// Adds what another group has behind its own.
    pub fn append(&mut self, other: Self) {
        let Self { tools, prompts, resources } = other;
        self.tools.extend(tools);
        self.prompts.extend(prompts);
        self.resources.extend(resources);
    }
}

impl Handlers for HandlerGroup {
    fn tools(self: Arc<Self>) -> Vec<ServerTool> {
        self.tools.clone()
    }

    fn prompts(self: Arc<Self>) -> Vec<ServerPrompt> {
        self.prompts.clone()
    }

    fn resources(self: Arc<Self>) -> Vec<ServerResource> {
        self.resources.clone()
    }

    fn all(self: Arc<Self>) -> Self {
        Arc::unwrap_or_clone(self)
    }
}
