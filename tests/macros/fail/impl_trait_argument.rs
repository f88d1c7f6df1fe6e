#![allow(unused)]

use mcp_server::tool;

#[tool]
async fn show(name: impl Into<String>) {}

fn main() {}
