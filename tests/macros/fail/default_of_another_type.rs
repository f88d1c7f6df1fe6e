#![allow(unused)]

use mcp_server::{schemars::JsonSchema, tool};
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "mcp_server::schemars")]
struct Level(u8);

/// Repeats.
#[tool]
async fn repeat(#[arg(default = "five")] level: Level) {}

#[tool]
async fn limit(#[arg(default = 5)] limit: String) {}

fn main() {}
