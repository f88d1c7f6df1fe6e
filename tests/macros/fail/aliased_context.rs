use mcp_server::{Context as Ctx, prompt, resource, tool};

#[tool]
async fn add(ctx: Ctx) {
    drop(ctx);
}

#[prompt]
async fn plan(ctx: Ctx) -> String {
    drop(ctx);
    String::new()
}

#[resource("x://{ctx}")]
async fn read(ctx: Ctx) -> String {
    drop(ctx);
    String::new()
}

fn main() {}
