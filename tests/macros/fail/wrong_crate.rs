use mcp_server::tool;

#[tool(crate)]
fn nothing() {}

#[tool(crate = 5)]
fn number() {}

#[tool(crate = no_such_crate)]
fn absent() {}

fn main() {}
