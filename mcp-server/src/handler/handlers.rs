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
}
