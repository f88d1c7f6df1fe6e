//! The tools of all benchmarks, and as many generated ones as a list needs.

use mcp_server::{
    Context, Error, Limits, Server, ServerTool,
    middleware::{Call, Next, Outcome, from_fn},
    tool, tools,
};

/// Adds two numbers.
#[tool]
async fn add(
    /// First addend.
    a: i64,
    /// Second addend.
    b: i64,
) -> i64 {
    a + b
}

/// Says again what it was told.
#[tool]
async fn echo(
    /// What to say.
    text: String,
) -> String {
    text
}

/// Reports as many steps as it is told to make.
#[tool]
async fn progress(
    /// How many steps.
    steps: u32,
    ctx: Context,
) -> &'static str {
    for step in 1..=steps {
        ctx.progress(f64::from(step), f64::from(steps), "").await;
    }
    "done"
}

/// Tells everybody who listens that the list of tools has changed.
#[tool]
async fn announce(ctx: Context) -> &'static str {
    ctx.server().notify_tools_list_changed();
    "announced"
}

/// Asks the user before it does something.
#[tool]
async fn confirm(
    /// What to remove.
    what: String,
    ctx: Context,
) -> Result<String, mcp_server::ToolError> {
    let answer = ctx.confirm("sure", format!("Remove {what}?")).await?;
    Ok(if answer.accepted() == Some(true) { format!("removed {what}") } else { "kept".to_owned() })
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Search {
    /// Where to look.
    path: String,
    /// How far down to go.
    depth: u32,
}

fn generated(n: usize) -> ServerTool {
    let about =
        format!("Does the work of tool number {n}: takes a path and a depth, and says what it has found there.");
    ServerTool::new(format!("tool_{n:04}"), |search: Search| async move {
        format!("{} at depth {}", search.path, search.depth)
    })
    .description(about)
}

/// A layer that looks at every call, as a policy would, and lets it pass.
async fn look(call: Call, next: Next) -> Result<Outcome, Error> {
    if call.name() == Some("forbidden") {
        return Err(Error::invalid_params("this tool is for nobody"));
    }
    next.run(call).await
}

/// With `--tools N` only N generated tools, with `--large` limits that let 8 MiB through, with `--traced` one
/// subscriber that writes what is at least INFO to standard error, with `--layered` that and one layer around calls.
pub fn server() -> Server {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if has("--traced") || has("--layered") {
        tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    }
    let mut limits = Limits::default();
    if has("--large") {
        limits.body_bytes = 32 << 20;
        limits.answer_bytes = 32 << 20;
    }
    let mut builder = Server::builder("bench", "1.0.0").limits(limits);
    if has("--layered") {
        builder = builder.layer(from_fn(look));
    }
    match arguments.iter().position(|argument| argument == "--tools") {
        Some(at) => builder.tools((0..arguments[at + 1].parse().expect("a number")).map(generated)),
        None => builder.tools(tools![add, echo, progress, announce, confirm]),
    }
    .build()
}
