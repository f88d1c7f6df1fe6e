use mcp_server::{State, tool};

#[tool]
async fn add(db: &State<String>) {
    let _ = db;
}

fn main() {}
