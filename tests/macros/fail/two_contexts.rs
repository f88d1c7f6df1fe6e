#![allow(unused)]

use mcp_server::{Context, tool};

#[tool]
async fn twice(ctx: Context, other: Context) {}

fn main() {}
