//! The tools, in the form of rmcp's `Counter` example: the router is a field, made by `new`.

use std::sync::{Arc, Mutex, OnceLock};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::{
        router::tool::{ToolRoute, ToolRouter},
        tool::ToolCallContext,
        wrapper::Parameters,
    },
    model::*,
    schemars,
    service::{NotificationContext, Peer, RequestContext},
    tool, tool_handler, tool_router,
};

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
pub struct Add {
    /// First addend.
    a: i64,
    /// Second addend.
    b: i64,
}

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
pub struct Echo {
    /// What to say.
    text: String,
}

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
pub struct Progress {
    /// How many steps.
    steps: u32,
}

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[allow(dead_code, reason = "generated tools are listed, not called")]
struct Search {
    /// Where to look.
    path: String,
    /// How far down to go.
    depth: u32,
}

#[derive(Clone)]
pub struct Bench {
    tool_router: ToolRouter<Bench>,
}

/// Everybody who has initialized: rmcp has no broadcast of its own.
static PEERS: Mutex<Vec<Peer<RoleServer>>> = Mutex::new(Vec::new());

#[tool_router]
impl Bench {
    pub fn new() -> Self {
        let mut tool_router = Self::tool_router();
        let count = generated();
        if count > 0 {
            tool_router = ToolRouter::new();
            for n in 0..count {
                tool_router.add_route(route(n));
            }
        }
        Self { tool_router }
    }

    #[tool(description = "Adds two numbers.")]
    async fn add(&self, Parameters(Add { a, b }): Parameters<Add>) -> Result<CallToolResult, ErrorData> {
        Ok(CallToolResult::success(vec![ContentBlock::text((a + b).to_string())]))
    }

    #[tool(description = "Says again what it was told.")]
    async fn echo(&self, Parameters(Echo { text }): Parameters<Echo>) -> Result<CallToolResult, ErrorData> {
        Ok(CallToolResult::success(vec![ContentBlock::text(text)]))
    }

    #[tool(description = "Reports as many steps as it is told to make.")]
    async fn progress(
        &self,
        Parameters(Progress { steps }): Parameters<Progress>,
        ctx: RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        if let Some(token) = ctx.meta.get_progress_token() {
            for step in 1..=steps {
                let report =
                    ProgressNotificationParam::new(token.clone(), f64::from(step)).with_total(f64::from(steps));
                let _ = ctx.peer.notify_progress(report).await;
            }
        }
        Ok(CallToolResult::success(vec![ContentBlock::text("done")]))
    }

    #[tool(description = "Tells everybody who listens that the list of tools has changed.")]
    async fn announce(&self) -> Result<CallToolResult, ErrorData> {
        let peers = PEERS.lock().expect("no panic").clone();
        for peer in peers {
            let _ = peer.notify_tool_list_changed().await;
        }
        Ok(CallToolResult::success(vec![ContentBlock::text("announced")]))
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Bench {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build())
            .with_server_info(Implementation::new("bench", "1.0.0"))
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        if std::env::args().any(|argument| argument == "--peers") {
            PEERS.lock().expect("no panic").push(context.peer);
        }
    }
}

/// How many generated tools replace the others.
fn generated() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| {
        let arguments: Vec<String> = std::env::args().collect();
        let at = arguments.iter().position(|argument| argument == "--tools");
        at.map_or(0, |at| arguments[at + 1].parse().expect("a number"))
    })
}

fn route(n: usize) -> ToolRoute<Bench> {
    static SCHEMA: OnceLock<Arc<JsonObject>> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let schema = serde_json::to_value(schemars::schema_for!(Search)).expect("a schema");
        Arc::new(schema.as_object().expect("an object").clone())
    });
    let about =
        format!("Does the work of tool number {n}: takes a path and a depth, and says what it has found there.");
    let tool = Tool::new(format!("tool_{n:04}"), about, schema.clone());
    ToolRoute::new_dyn(tool, |_: ToolCallContext<'_, Bench>| {
        Box::pin(async { Ok(CallToolResult::success(vec![ContentBlock::text("found")]).into()) })
    })
}
