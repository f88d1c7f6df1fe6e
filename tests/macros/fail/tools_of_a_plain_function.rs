#![allow(unused)]

use mcp_server::tools;

async fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {
    tools![add];
}
