use mcp_server::{prompt, resource};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Page {
    from: String,
}

#[prompt]
fn plan(#[serde(flatten)] page: Page) -> String {
    page.from
}

#[resource("x://{page}")]
fn read(#[serde(flatten)] page: Page) -> String {
    page.from
}

fn main() {}
