#![allow(unused)]

use mcp_server::tool;

#[tool]
async fn misspelt(#[arg(defualt = 5)] count: u8) {}

#[tool]
async fn bare(#[arg] count: u8) {}

#[tool]
async fn described(#[arg(description = "How many.")] count: u8) {}

#[tool]
async fn conditional(#[cfg(unix)] count: u8) {}

#[tool]
async fn twice(count: u8, #[arg(name = "count")] number: u8) {}

#[tool]
async fn header(#[arg(header = "a b")] region: String) {}

fn main() {}
