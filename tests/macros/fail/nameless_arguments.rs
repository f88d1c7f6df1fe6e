#![allow(unused)]

use mcp_server::tool;

#[tool]
async fn pair((a, b): (i64, i64)) {}

#[tool]
async fn nothing(_: i64) {}

fn main() {}
