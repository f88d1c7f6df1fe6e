//! The server: what it says of itself, its prompt, and whom it tells of changes.
#![expect(deprecated, reason = "what older clients use")]

use std::sync::{
    Mutex,
    atomic::{AtomicU8, Ordering},
};

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::{
        router::{prompt::PromptRouter, tool::ToolRouter},
        wrapper::Parameters,
    },
    model::*,
    prompt, prompt_handler, prompt_router, schemars,
    service::{RequestContext, SubscriptionContext, SubscriptionSink},
    tool_handler,
};

use crate::resources;

const NAMES: [&str; 3] = ["Ada", "Adele", "Grace"];

/// Everybody who listens in the newest revision: rmcp has no list of them.
static LISTENERS: Mutex<Vec<SubscriptionSink>> = Mutex::new(Vec::new());

pub fn listeners() -> Vec<SubscriptionSink> {
    LISTENERS.lock().expect("no panic").clone()
}

/// From which level on a session wants log messages; rmcp does not keep it.
static LEVEL: AtomicU8 = AtomicU8::new(LoggingLevel::Info as u8);

pub struct Server {
    pub tool_router: ToolRouter<Self>,
    prompt_router: PromptRouter<Self>,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Greet {
    /// Whom to greet.
    name: String,
}

#[prompt_router]
impl Server {
    pub fn new() -> Self {
        Self { tool_router: Self::tools(), prompt_router: Self::prompt_router() }
    }

    #[prompt(name = "greet", description = "Greets somebody.")]
    async fn greet(&self, Parameters(Greet { name }): Parameters<Greet>) -> Vec<PromptMessage> {
        vec![PromptMessage::new_text(Role::User, format!("Hello, {name}!"))]
    }
}

/// Whether a message of that level is wanted: a session has said so once, a request of the newest revision for itself.
pub fn wants(context: &RequestContext<RoleServer>, level: LoggingLevel) -> bool {
    match is_modern(context) {
        true => context.meta.log_level().is_some_and(|from| level as u8 >= from as u8),
        false => level as u8 >= LEVEL.load(Ordering::Relaxed),
    }
}

pub fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

#[tool_handler(router = self.tool_router)]
#[prompt_handler(router = self.prompt_router)]
impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_completions()
            .enable_logging()
            .enable_prompts()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        ServerConfig::new(capabilities).with_server_info(Implementation::new("rmcp", "1.0.0"))
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let begun = request.argument.value;
        let names = NAMES.into_iter().filter(|name| name.starts_with(&begun)).map(str::to_owned).collect();
        let names = CompletionInfo::with_all_values(names).map_err(|error| ErrorData::internal_error(error, None))?;
        Ok(CompleteResult::new(names))
    }

    async fn set_level(&self, request: SetLevelRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        LEVEL.store(request.level as u8, Ordering::Relaxed);
        Ok(())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(resources::list())
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(resources::templates())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        resources::read(request.uri)
    }

    async fn subscribe(&self, _: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        LISTENERS.lock().expect("no panic").push(context.sink().clone());
        context.cancelled().await;
        Ok(())
    }
}
