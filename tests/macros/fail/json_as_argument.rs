use mcp_server::{Json, tool};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Filter {
    since: String,
}

#[tool]
fn search(filter: Json<Filter>) -> String {
    filter.0.since
}

fn main() {}
