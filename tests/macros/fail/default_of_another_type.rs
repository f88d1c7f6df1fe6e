#![allow(unused)]

use mcp_server::tool;

#[tool]
async fn repeat(#[arg(default = "five")] count: u8) {}

#[tool]
async fn limit(#[arg(default = 5)] limit: String) {}

fn main() {}
