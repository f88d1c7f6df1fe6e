#![allow(unused)]

use mcp_server::handlers;

struct Weather;

#[handlers]
impl Weather {
    #[tool]
    async fn current(&self) {}

    #[tool(name = "current")]
    async fn now(&self) {}
}

fn main() {}
