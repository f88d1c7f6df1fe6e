//! The tools.

use schemars::JsonSchema;
use serde::Deserialize;
use tower_mcp::{CallToolResult, McpRouter, ToolBuilder};

#[derive(Debug, Deserialize, JsonSchema)]
struct Add {
    /// First addend.
    a: i64,
    /// Second addend.
    b: i64,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Echo {
    /// What to say.
    text: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Search {
    /// Where to look.
    path: String,
    /// How far down to go.
    depth: u32,
}

pub fn router() -> McpRouter {
    let arguments: Vec<String> = std::env::args().collect();
    let mut router = McpRouter::new().server_info("bench", "1.0.0");
    if let Some(at) = arguments.iter().position(|argument| argument == "--tools") {
        for n in 0..arguments[at + 1].parse().expect("a number") {
            let about = format!(
                "Does the work of tool number {n}: takes a path and a depth, and says what it has found there."
            );
            let tool = ToolBuilder::new(format!("tool_{n:04}")).description(about);
            let tool = tool.handler(|search: Search| async move {
                Ok(CallToolResult::text(format!("{} at depth {}", search.path, search.depth)))
            });
            router = router.tool(tool.build());
        }
        return router;
    }
    let add = ToolBuilder::new("add")
        .description("Adds two numbers.")
        .handler(|input: Add| async move { Ok(CallToolResult::text((input.a + input.b).to_string())) });
    let echo = ToolBuilder::new("echo")
        .description("Says again what it was told.")
        .handler(|input: Echo| async move { Ok(CallToolResult::text(input.text)) });
    router.tool(add.build()).tool(echo.build())
}
