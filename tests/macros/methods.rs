//! `#[handlers]` on an `impl` block.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use mcp_server::{Context, Handlers, Json, ServerTool, ToolError, handlers};

use crate::input_schema;

#[derive(serde::Serialize, schemars::JsonSchema)]
struct Report {
    city: String,
}

struct Weather {
    calls: AtomicU64,
}

#[handlers]
impl Weather {
    const LIMIT: u64 = 3;

    fn new() -> Self {
        Self { calls: AtomicU64::new(0) }
    }

    /// Current weather in a city.
    #[tool(title = "Weather", read_only, open_world)]
    async fn current(
        &self,
        /// Its name.
        city: String,
        ctx: Context,
    ) -> Result<Json<Report>, ToolError> {
        self.count();
        ctx.progress(0.5, 1.0, "asking the station").await;
        Ok(Json(Report { city }))
    }

    #[mcp_server::tool(name = "count-calls", blocking)]
    fn calls(&self, #[arg(default = Self::LIMIT)] limit: u64) -> u64 {
        self.calls.load(Ordering::Relaxed).min(limit)
    }

    #[tool]
    fn units() -> &'static str {
        "Celsius"
    }

    #[cfg(any())]
    #[tool]
    fn never(&self, missing: Missing) {}

    fn count(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn methods_stay_methods() {
    let weather = Weather::new();
    weather.count();
    assert_eq!(weather.calls(3), 1);
    assert_eq!(Weather::units(), "Celsius");
    let _unpolled = Weather::current;
}

#[test]
fn marked_methods_become_tools_in_their_order() {
    let tools: Vec<ServerTool> = Arc::new(Weather::new()).tools();
    let names: Vec<_> = tools.iter().map(|tool| tool.definition().name.as_str()).collect();
    assert_eq!(names, ["current", "count-calls", "units"]);
    assert_eq!(tools[0].definition().description.as_deref(), Some("Current weather in a city."));
    assert_eq!(tools[0].definition().title.as_deref(), Some("Weather"));
    assert!(tools[0].definition().output_schema.is_some());
    assert_eq!(
        input_schema(&tools[0]),
        r#"{"type":"object","additionalProperties":false,"properties":{"city":{"type":"string","description":"Its name."}},"required":["city"]}"#
    );
    assert_eq!(
        input_schema(&tools[1]),
        r#"{"type":"object","additionalProperties":false,"properties":{"limit":{"type":"integer","minimum":0,"default":3}}}"#
    );
}

trait Store: Send + Sync + 'static {
    fn get(&self, key: &str) -> Option<String>;
}

struct Lookup<S>(S);

#[handlers]
impl<S> Lookup<S>
where
    S: Store,
{
    #[tool]
    async fn lookup(&self, key: String) -> Result<String, ToolError> {
        self.0.get(&key).ok_or_else(|| ToolError::new(format!("no such key: `{key}`")))
    }
}

struct Empty;

impl Store for Empty {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

#[tokio::test]
async fn the_type_may_be_generic() {
    let lookup = Lookup(Empty);
    assert_eq!(lookup.lookup("a".into()).await.unwrap_err().to_string(), "no such key: `a`");
    assert_eq!(Arc::new(lookup).tools().len(), 1);
}
