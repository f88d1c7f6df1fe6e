use mcp_server::tool;

fn tags() -> Vec<String> {
    Vec::new()
}

#[tool]
fn add(#[arg(complete = tags)] tag: String) -> String {
    tag
}

fn main() {}
