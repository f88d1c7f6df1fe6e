use mcp_server::tool;

#[tool]
fn same(other: Vec<Self>) {}

fn main() {}
