#![allow(unused)]

use mcp_server::tool;

struct Filter {
    since: String,
}

#[tool]
async fn search(filter: Filter) -> String {
    filter.since
}

fn main() {}
