//! The tools.

use turbomcp::prelude::*;

#[derive(Clone)]
pub struct Bench;

#[server(name = "bench", version = "1.0.0")]
impl Bench {
    /// Adds two numbers.
    #[tool(description = "Adds two numbers.")]
    async fn add(&self, a: i64, b: i64) -> McpResult<String> {
        Ok((a + b).to_string())
    }

    /// Says again what it was told.
    #[tool(description = "Says again what it was told.")]
    async fn echo(&self, text: String) -> McpResult<String> {
        Ok(text)
    }
}
