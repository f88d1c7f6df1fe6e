use mcp_server::{prompt, resource, tool};

#[tool]
fn bool() -> bool {
    true
}

#[prompt]
fn str() -> String {
    String::new()
}

#[resource("x://y")]
fn u8() -> String {
    String::new()
}

fn main() {}
