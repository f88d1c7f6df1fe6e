use mcp_server::tool;

#[tool]
fn names() -> Vec<String> {
    Vec::new()
}

#[tool]
fn optional() -> Option<String> {
    None
}

fn main() {}
