use mcp_server::resource;

#[resource("x://{tags}")]
fn list(tags: Vec<String>) -> String {
    tags.join(" ")
}

#[resource("y://{tag}")]
fn optional(tag: Option<String>) -> String {
    tag.unwrap_or_default()
}

fn main() {}
