//! The tools, registered as its macro registers them: a macro could not leave them out of a list of others.

use neva::prelude::*;
use tracing_subscriber::prelude::*;

/// Adds two numbers.
async fn add(a: i64, b: i64) -> String {
    (a + b).to_string()
}

/// Says again what it was told.
async fn echo(text: String) -> String {
    text
}

/// Reports as many steps as it is told to make: events of `tracing` that a layer turns into notifications.
async fn progress(token: Meta<ProgressToken>, steps: u32) -> &'static str {
    for step in 1..=steps {
        tracing::info!(target: "progress", token = %token, value = step, total = steps);
    }
    "done"
}

/// Tells everybody who listens that the list of tools has changed, which only a change does.
async fn announce(ctx: Context) -> Result<&'static str, Error> {
    ctx.tools().add(Tool::new("added", || async { "added" })).await?;
    ctx.tools().remove("added").await?;
    Ok("announced")
}

pub fn app() -> App {
    let arguments: Vec<String> = std::env::args().collect();
    // Without it nothing is reported, and calls that report nothing need not pay for it.
    if arguments.iter().any(|argument| argument == "--progress") {
        tracing_subscriber::registry().with(notification::fmt::layer()).init();
    }
    let mut app = App::new().with_options(|options| {
        options.with_name("bench").with_version("1.0.0").with_tools(|tools| tools.with_list_changed())
    });
    let Some(at) = arguments.iter().position(|argument| argument == "--tools") else {
        app.map_tool("add", add).with_arg_names(["a", "b"]).with_description("Adds two numbers.");
        app.map_tool("echo", echo).with_arg_names(["text"]).with_description("Says again what it was told.");
        app.map_tool("progress", progress)
            .with_arg_names(["steps"])
            .with_description("Reports as many steps as it is told to make.");
        app.map_tool("announce", announce)
            .with_description("Tells everybody who listens that the list of tools has changed.");
        return app;
    };
    for n in 0..arguments[at + 1].parse().expect("a number") {
        let about =
            format!("Does the work of tool number {n}: takes a path and a depth, and says what it has found there.");
        let found = |path: String, depth: u32| async move { format!("{path} at depth {depth}") };
        app.map_tool(format!("tool_{n:04}"), found).with_arg_names(["path", "depth"]).with_description(&about);
    }
    app
}
