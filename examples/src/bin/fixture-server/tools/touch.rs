//! Tools that change what the server offers. Whoever listens is told.

use std::sync::atomic::{AtomicU64, Ordering};

use mcp_server::{Context, ServerPrompt, ServerResource, ServerTool};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::resources::{STATIC, Updates};

pub(super) struct Touch {
    tools: AtomicU64,
    prompts: AtomicU64,
    resources: AtomicU64,
    updates: Updates,
}

impl Touch {
    pub(super) fn new(updates: Updates) -> Self {
        Self { tools: AtomicU64::new(0), prompts: AtomicU64::new(0), resources: AtomicU64::new(0), updates }
    }
}

/// The next number, from 1 on.
fn next(counter: &AtomicU64) -> u64 {
    counter.fetch_add(1, Ordering::Relaxed) + 1
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoArguments {}

#[mcp_server::handlers]
impl Touch {
    /// Adds a tool.
    #[tool]
    async fn touch_tools(&self, ctx: Context) -> String {
        let name = format!("dyn_{}", next(&self.tools));
        let says = name.clone();
        let tool = ServerTool::new(&name, move |NoArguments {}| std::future::ready(says.clone()));
        ctx.server().tools().insert(tool.description("Added while the server was running."));
        name
    }

    /// Adds a prompt.
    #[tool]
    async fn touch_prompts(&self, ctx: Context) -> String {
        let name = format!("dyn_{}", next(&self.prompts));
        let says = name.clone();
        ctx.server().prompts().insert(ServerPrompt::new(&name, move |()| std::future::ready(says.clone())));
        name
    }

    /// Adds a resource.
    #[tool]
    async fn touch_resources(&self, ctx: Context) -> String {
        let number = next(&self.resources);
        let (uri, name) = (format!("test://dyn/{number}"), format!("dyn_{number}"));
        ctx.server().resources().insert(ServerResource::text(&uri, name, &uri));
        uri
    }

    /// Tells those who subscribed to a resource that it has changed.
    #[tool]
    async fn touch_resource(&self, uri: String, ctx: Context) -> &'static str {
        if uri == STATIC {
            self.updates.count();
        }
        ctx.server().notify_resource_updated(uri);
        "touched"
    }
}
