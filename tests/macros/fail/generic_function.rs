#![allow(unused)]

use mcp_server::tool;

#[tool]
async fn show<T: Send>(value: T) {}

#[tool]
async fn conditional(value: String)
where
    String: Send,
{
}

fn main() {}
