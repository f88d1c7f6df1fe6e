//! The tools that every server of `peers/` offers.
#![expect(deprecated, reason = "what older clients use")]

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use rmcp::{
    ErrorData, RoleServer,
    handler::server::{
        tool::{InputResponses, RequestState},
        wrapper::Parameters,
    },
    model::*,
    schemars,
    service::{ElicitationError, RequestContext},
    tool, tool_router,
};
use serde_json::json;

use crate::{
    resources::{CHANGES, COUNT},
    server::{Server, is_modern, listeners, wants},
};

/// How many calls of `hold` are alive.
static HELD: AtomicI64 = AtomicI64::new(0);

type Answer = Result<CallToolResult, ErrorData>;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Add {
    a: i64,
    b: i64,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Echo {
    text: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Look {
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Slow {
    steps: u32,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct City {
    city: String,
}

rmcp::elicit_safe!(City);

/// Counts a call of `hold` as long as it is alive.
struct Held;

impl Held {
    fn new() -> Self {
        HELD.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::Relaxed);
    }
}

fn text(text: impl ToString) -> Answer {
    Ok(CallToolResult::success(vec![ContentBlock::text(text.to_string())]))
}

async fn report(context: &RequestContext<RoleServer>, step: u32, steps: Option<u32>) {
    if let Some(token) = context.meta.get_progress_token() {
        let mut report = ProgressNotificationParam::new(token, f64::from(step));
        report.total = steps.map(f64::from);
        let _ = context.peer.notify_progress(report).await;
    }
}

#[tool_router(router = tools, vis = "pub")]
impl Server {
    #[tool(description = "Adds two numbers.")]
    async fn add(&self, Parameters(Add { a, b }): Parameters<Add>) -> Answer {
        text(a + b)
    }

    #[tool(description = "Says again what it was told.")]
    async fn echo(&self, Parameters(args): Parameters<Echo>) -> Answer {
        text(args.text)
    }

    #[tool(description = "Looks at a region.")]
    async fn look(&self, Parameters(args): Parameters<Look>) -> Answer {
        text(args.region)
    }

    #[tool(description = "Fails.")]
    async fn fail(&self) -> Answer {
        Ok(CallToolResult::error(vec![ContentBlock::text("it failed")]))
    }

    #[tool(description = "Reports progress.")]
    async fn slow(&self, Parameters(Slow { steps }): Parameters<Slow>, context: RequestContext<RoleServer>) -> Answer {
        for step in 1..=steps {
            tokio::time::sleep(Duration::from_millis(20)).await;
            report(&context, step, Some(steps)).await;
        }
        text(format!("{steps} steps done"))
    }

    #[tool(description = "Never ends by itself.")]
    async fn hold(&self, context: RequestContext<RoleServer>) -> Answer {
        let _held = Held::new();
        report(&context, 1, None).await;
        context.ct.cancelled().await;
        text("given up")
    }

    #[tool(description = "How many calls of hold are alive.")]
    async fn held(&self) -> Answer {
        text(HELD.load(Ordering::Relaxed))
    }

    #[tool(description = "Changes the list of tools.")]
    async fn toggle(&self, context: RequestContext<RoleServer>) -> Answer {
        if !is_modern(&context) {
            let _ = context.peer.notify_tool_list_changed().await;
        }
        for listener in listeners() {
            let _ = listener.notify_tool_list_changed().await;
        }
        text("changed")
    }

    #[tool(description = "Changes a resource.")]
    async fn touch(&self, context: RequestContext<RoleServer>) -> Answer {
        CHANGES.fetch_add(1, Ordering::Relaxed);
        if !is_modern(&context) {
            let _ = context.peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(COUNT)).await;
        }
        for listener in listeners() {
            let _ = listener.notify_resource_updated(COUNT).await;
        }
        text("touched")
    }

    #[tool(description = "Logs.")]
    async fn log(&self, context: RequestContext<RoleServer>) -> Answer {
        for (level, said) in [(LoggingLevel::Debug, "a detail"), (LoggingLevel::Warning, "a warning")] {
            if wants(&context, level) {
                let message = LoggingMessageNotificationParam::new(level, json!(said));
                let _ = context.peer.notify_logging_message(message).await;
            }
        }
        text("logged")
    }

    #[tool(description = "Asks the user.")]
    async fn ask(
        &self,
        context: RequestContext<RoleServer>,
        RequestState(state): RequestState,
        InputResponses(answers): InputResponses,
    ) -> Result<CallToolResponse, ErrorData> {
        const QUESTION: &str = "Which city?";
        if !is_modern(&context) {
            return match context.peer.elicit::<City>(QUESTION).await {
                Ok(answer) => text(answer.map_or_else(String::new, |answer| answer.city)),
                Err(ElicitationError::UserDeclined) => text("decline"),
                Err(error) => Ok(CallToolResult::error(vec![ContentBlock::text(error.to_string())])),
            }
            .map(Into::into);
        }
        let answer = answers.unwrap_or_default().remove("city");
        let Some(answer) = answer.filter(|_| state.as_deref() == Some("asked \u{1f980}")) else {
            let schema = serde_json::from_value(json!({
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            }));
            let form = ElicitRequestParams::FormElicitationParams {
                meta: None,
                message: QUESTION.into(),
                requested_schema: schema.expect("a schema"),
            };
            let question = InputRequest::Elicitation(ElicitRequest::new(form));
            let questions = BTreeMap::from([("city".to_owned(), question)]);
            return Ok(InputRequiredResult::new(Some(questions), Some("asked \u{1f980}".into())).into());
        };
        match answer["action"].as_str() {
            Some("accept") => text(answer["content"]["city"].as_str().unwrap_or_default()),
            action => text(action.unwrap_or_default()),
        }
        .map(Into::into)
    }
}
