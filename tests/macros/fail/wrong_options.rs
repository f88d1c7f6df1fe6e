#![allow(unused)]

use mcp_server::tool;

#[tool(readonly)]
async fn misspelt() {}

#[tool(description = "Adds.")]
async fn described() {}

#[tool(name = "add numbers")]
async fn named() {}

#[tool(name)]
async fn nameless() {}

#[tool(destructive = "no")]
async fn flagged() {}

#[tool(idempotent, idempotent)]
async fn repeated() {}

#[tool(read_only, destructive)]
async fn contradicting() {}

#[tool]
async fn größe() {}

#[tool("add")]
async fn positional() {}

fn main() {}
