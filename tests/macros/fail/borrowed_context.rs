use mcp_server::{Context, tool};

#[tool]
async fn add(ctx: &Context) {
    let _ = ctx;
}

fn main() {}
