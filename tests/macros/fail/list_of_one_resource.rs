use mcp_server::{Context, Page, ToolError, model::Resource, resource};

async fn rows(_: Option<String>, _: Context) -> Result<Page<Resource>, ToolError> {
    Ok(Page::new([]))
}

#[resource("note://first", list = rows)]
fn first() -> String {
    String::new()
}

#[resource("note://{id}", list)]
fn note(id: u32) -> String {
    id.to_string()
}

fn main() {}
