#![allow(unused)]

use mcp_server::tool;

#[tool(blocking)]
async fn wait(seconds: u64) {}

fn main() {}
