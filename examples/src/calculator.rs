//! A calculator: plain functions as tools, one of which takes its time and says how far it is.

use std::time::Duration;

use mcp_server::{Context, Server, ServerBuilder, tool, tools};

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

/// Takes its time, and reports progress after each step.
#[tool]
async fn slow(
    /// How many steps.
    #[arg(default = 5)]
    steps: u32,
    /// How long a step takes, in milliseconds.
    #[arg(default = 20)]
    delay_ms: u64,
    ctx: Context,
) -> String {
    for step in 1..=steps {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        ctx.progress(f64::from(step), f64::from(steps), format!("step {step} of {steps}")).await;
    }
    format!("{steps} steps done")
}

/// A server with these tools, which others may be added to.
pub fn builder() -> ServerBuilder {
    Server::builder("calculator", "1.0.0").tools(tools![add, echo, slow])
}

/// A server with these tools.
pub fn server() -> Server {
    builder().build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tool_is_still_a_function() {
        assert_eq!(add(1, 2).await, 3);
        assert_eq!(echo("hello".to_owned()).await, "hello");
    }
}
