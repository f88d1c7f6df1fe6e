//! What peers of other makers call: the calculator, with tools that change the list and show what a call left behind.
//!
//! `interop-server stdio MARK` keeps the file MARK while it runs and removes it when it ends in order.
//! `interop-server http ADDR` says on its standard error where it listens.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use mcp_examples::calculator;
use mcp_server::{Context, Json, Limits, ServerTool, model::LogLevel, resource, resources, tool, tools};
use mcp_tests::asking::address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How many calls of `hold` are alive.
static HELD: AtomicUsize = AtomicUsize::new(0);

struct Held;

impl Held {
    fn new() -> Self {
        HELD.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Never ends by itself. Reports progress once it runs.
#[tool]
async fn hold(ctx: Context) {
    let _held = Held::new();
    ctx.progress(1.0, None, "holding").await;
    std::future::pending::<()>().await;
}

/// How many calls of `hold` are alive.
#[tool]
async fn held() -> usize {
    HELD.load(Ordering::SeqCst)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Place {
    /// Where to look. Proxies see it.
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: String,
}

/// A tool whose argument is also a header.
fn look() -> ServerTool {
    ServerTool::new("look", |place: Place| async move { place.region }).description("Looks at a region.")
}

#[derive(Serialize, JsonSchema)]
struct Report {
    city: String,
    degrees: f64,
    sky: Sky,
    wind: Option<Wind>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Sky {
    Clear,
    #[expect(dead_code, reason = "the schema says it")]
    Snow,
}

#[derive(Serialize, JsonSchema)]
struct Wind {
    metres_per_second: u8,
}

/// The weather, as an object.
#[tool]
async fn report(city: String) -> Json<Report> {
    Json(Report { city, degrees: -3.5, sky: Sky::Clear, wind: None })
}

/// Counts, as a list: a structured result that only the newest revision allows.
#[tool]
async fn count(to: u32) -> Json<Vec<u32>> {
    Json((1..=to).collect())
}

/// Logs at two levels.
#[tool]
async fn tell(ctx: Context) -> &'static str {
    ctx.log(LogLevel::Debug, "a detail");
    ctx.logger("tell").log(LogLevel::Warning, json!({"about": "peers"}));
    "told"
}

/// Takes any JSON: a schema that says nothing. Some clients give up a list that spells that `true`.
#[tool]
async fn anything(value: Value) -> String {
    value.to_string()
}

/// A resource whose name is no ASCII: some clients write it with percent signs when they read it.
#[resource("test://ü")]
fn umlaut() -> &'static str {
    "Übung"
}

/// The revision that the caller speaks.
#[tool]
async fn revision(ctx: Context) -> String {
    ctx.caller().version().to_string()
}

/// Subtracts the second number from the first.
#[tool]
async fn subtract(a: i64, b: i64) -> i64 {
    a - b
}

/// Adds the tool `subtract`, or takes it away.
#[tool]
async fn toggle(ctx: Context) -> &'static str {
    let server = ctx.server();
    if server.tools().remove("subtract").is_some() {
        return "removed";
    }
    server.tools().insert(subtract::tool());
    "added"
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut limits = Limits::default();
    limits.drain = Duration::from_secs(1);
    let tools = tools![address, anything, count, held, hold, report, revision, tell, toggle];
    let server = calculator::builder().tools(tools).tools([look()]).resources(resources![umlaut]);
    let server = server.limits(limits).logging().build();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["stdio", mark] => {
            std::fs::write(mark, std::process::id().to_string())?;
            server.serve_stdio().await?;
            std::fs::remove_file(Path::new(mark))?;
        }
        ["http", address] => {
            let listener = server.bind_http(address).await?;
            eprintln!("listening on {}", listener.url());
            listener.serve().await?;
        }
        _ => return Err("usage: interop-server stdio MARK | http ADDR".into()),
    }
    Ok(())
}
