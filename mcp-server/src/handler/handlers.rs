//! Tools that share state.

use std::sync::Arc;

use super::ServerTool;

/// Handlers over shared state. `#[handlers]` implements it for an `impl` block.
///
/// By hand it is the tools of one value that each of them holds:
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
    note = "write `#[mcp_server::handlers]` above an `impl {Self}` block, and `#[tool]` above its methods"
)]
pub trait Handlers: Send + Sync + 'static {
    /// The tools, each holding the shared state.
    fn tools(self: Arc<Self>) -> Vec<ServerTool> {
        Vec::new()
    }
}
