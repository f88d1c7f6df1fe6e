#![allow(unused)]

use mcp_server::{handlers, tool};

#[tool]
struct Add {
    a: i64,
}

#[handlers]
struct Weather;

fn main() {}
