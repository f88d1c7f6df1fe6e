#![allow(unused)]

use mcp_server::{Context, tool};

#[tool]
async fn text(name: &str) {}

#[tool]
async fn slice(names: &[String]) {}

#[tool]
async fn other(name: &String) {}

#[tool]
async fn inside(name: Option<&str>) {}

#[tool]
async fn context(ctx: &Context) {}

fn main() {}
